"""Family trees: their people, who may be animated, and where the pictures are.

`read_tree` reads GEDCOM, GEDZIP, Gramps XML and packages, CSV tables and folders of photos. No tree
can make it read outside the folders that the user named, and nothing is ever downloaded.
"""

from nostalgia.album.trees.archives import extract_media
from nostalgia.album.trees.face_regions import FaceRegion, face_regions, with_named_regions
from nostalgia.album.trees.folder import read_folder
from nostalgia.album.trees.reader import read_tree

__all__ = [
    "FaceRegion",
    "extract_media",
    "face_regions",
    "read_folder",
    "read_tree",
    "with_named_regions",
]
