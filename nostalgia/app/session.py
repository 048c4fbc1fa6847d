"""One session: its photos, clips, recordings and albums, kept until the server ends."""

import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from nostalgia.app.board import Board, Media, Values, new_id
from nostalgia.app.clips import Clips
from nostalgia.app.jobs import ENDS, LOOK, WORK, Job, Jobs
from nostalgia.app.recordings import Recordings
from nostalgia.errors import InputError, UsageError
from nostalgia.files import printable_name

_MOST_PHOTOS, _MOST_RECORDINGS = 500, 100


class Session:
    """Translates what the page wants into jobs, and their events into items of the board."""

    def __init__(self, folder: Path, jobs: Jobs) -> None:
        self.folder, self.jobs = folder, jobs
        self.board, self.media = Board(), Media()
        self.recordings = Recordings(folder / "recordings", jobs, self.board, self.media)
        self.clips = Clips(folder / "clips", jobs, self.board, self.media, self.recordings)
        self._sources: dict[str, Path] = {}
        self._looks: dict[str, str] = {}

    def upload_path(self) -> Path:
        """A path for a file that is about to arrive; no name from outside is part of it.

        Raises:
            UsageError: there are too many photos or recordings.
        """
        self._check_number()
        place = self.folder / "uploads"
        place.mkdir(parents=True, exist_ok=True)
        return place / new_id()

    def add_photo(self, path: Path, name: str) -> str:
        """Add a photo and look for its faces; returns its id.

        Raises:
            UsageError: there are too many.
        """
        self._check_number()
        photo_id = new_id()
        self._sources[photo_id] = path
        shown = printable_name(Path(name.replace("\\", "/")).name or "photo")
        self.board.put(photo_id, kind="photo", name=shown, turns=0, box=None)
        self._look(photo_id)
        return photo_id

    def remove_photo(self, photo_id: str) -> None:
        """Remove a photo with its clips; a file that the command line named is not touched.

        Raises:
            InputError: there is none.
        """
        self._photo(photo_id)
        self.jobs.cancel(self._looks.pop(photo_id, ""))
        for clip in self.board.all("clip"):
            if clip["photo"] == photo_id:
                self.clips.remove(clip["id"])
        source = self._sources.pop(photo_id)
        if source.is_relative_to(self.folder):
            source.unlink(missing_ok=True)
        self.board.remove(photo_id)
        self._drop_views(photo_id)

    def turn_photo(self, photo_id: str, turns: int) -> None:
        """Turn a photo by quarter turns clockwise, and look for its faces again."""
        photo = self._photo(photo_id)
        self.board.change(photo_id, turns=(photo["turns"] + turns) % 4, box=None)
        self._look(photo_id)

    def mark_face(self, photo_id: str, box: Sequence[float] | None) -> None:
        """Take the face in a box that was drawn by hand, photo pixels; None: find faces again."""
        self._photo(photo_id)
        self.board.change(photo_id, box=None if box is None else list(box))
        self._look(photo_id)

    def make(self, photo_id: str, look: str, options: Any) -> str:
        """Make a clip, a quick look or the restored picture of a photo; returns its id.

        Raises:
            InputError: the photo is not there. UsageError, DriverError: as `options_of`.
        """
        photo = self._photo(photo_id)
        if photo["state"] != "ready":
            raise UsageError("wait until the photo has been looked at")
        return self.clips.make(photo, self._source(photo_id), look, options)

    def make_gif(self, clip_id: str) -> str:
        """Make the same clip as a GIF; returns its id."""
        clip = self.clips.get(clip_id)
        return self.clips.make_gif(clip, self._source(clip["photo"]))

    def add_album(self, source: Path) -> str:
        """Offer a folder, table or tree that the command line named; returns its id."""
        album_id = new_id()
        self._sources[album_id] = source
        name = printable_name(source.name or str(source))
        self.board.put(album_id, kind="album", name=name, state="new")
        self._album_job(album_id, LOOK, "plan")
        return album_id

    def run_album(self, album_id: str) -> None:
        """Make the clips that an album lacks."""
        album = self._album(album_id)
        if album["state"] not in ("waiting", "running"):
            self._album_job(album_id, WORK, "album")

    def stop_album(self, album_id: str) -> None:
        """Stop the run of an album; it can go on later."""
        self.jobs.cancel(self._album(album_id).get("job", ""))

    def album_page(self, album_id: str) -> Path:
        """The page of a finished album.

        Raises:
            InputError: it has none yet.
        """
        page = Path(self._album(album_id).get("plan", {}).get("page") or "-")
        if not page.is_file():
            raise InputError("this album has no page yet; make its clips first")
        return page

    def _check_number(self) -> None:
        if len(self.board.all("photo")) >= _MOST_PHOTOS:
            raise UsageError("this session has many photos already; remove some first")
        if len(self.recordings.files) >= _MOST_RECORDINGS:
            raise UsageError("there are many recordings already; start nostalgia again")

    def _photo(self, photo_id: str) -> Values:
        photo = self.board.get(photo_id, "photo")
        if photo is None:
            raise InputError("that photo is not there any more")
        return photo

    def _album(self, album_id: str) -> Values:
        album = self.board.get(album_id, "album")
        if album is None:
            raise InputError("that album is not there any more")
        return album

    def _source(self, photo_id: str) -> Mapping[str, Any]:
        photo = self._photo(photo_id)
        names = ("name", "turns", "box")
        return {"path": str(self._sources[photo_id])} | {name: photo[name] for name in names}

    def _look(self, photo_id: str) -> None:
        """Find the faces of a photo; an earlier look at it is stopped."""
        self.jobs.cancel(self._looks.pop(photo_id, ""))
        self._drop_views(photo_id)
        job_id = self._looks[photo_id] = new_id()
        views = self.folder / "views" / photo_id / job_id
        self.board.put(photo_id, state="reading", faces=[], error=None, turn=0)
        args = {**self._source(photo_id), "folder": str(views)}
        listener = partial(self._looked, photo_id, job_id)
        self.jobs.put(Job(job_id, LOOK, "analyse", args, listener, retry=True))

    def _looked(self, photo_id: str, job_id: str, event: str, values: Values) -> None:
        if self._looks.get(photo_id) != job_id:
            if event in ENDS:  # removed or turned meanwhile
                shutil.rmtree(self.folder / "views" / photo_id / job_id, ignore_errors=True)
            return
        if event == "found":
            pictures = values["pictures"]
            faces = [
                {**face, "picture": self.media.add(Path(path), "image/jpeg")}
                for face, path in zip(values["faces"], pictures["faces"], strict=True)
            ]
            view = self.media.add(Path(pictures["view"]), "image/jpeg")
            size = {"width": values["width"], "height": values["height"]}
            self.board.change(photo_id, state="found", faces=faces, picture=view, **size)
        elif event == "done":
            photo = self.board.get(photo_id, "photo")
            result = values["result"]
            more = {face["number"]: face for face in result["faces"]}
            faces = [face | more.get(face["number"], {}) for face in (photo or {})["faces"]]
            self.board.change(
                photo_id, state="ready", faces=faces, turn=result["turn"],
                warnings=result["warnings"],
            )  # fmt: skip
        elif event == "failed":
            self.board.change(photo_id, state="failed", error=values["error"])

    def _drop_views(self, photo_id: str) -> None:
        folder = self.folder / "views" / photo_id
        self.media.remove_below(folder)
        shutil.rmtree(folder, ignore_errors=True)

    def _album_job(self, album_id: str, lane: str, task: str) -> None:
        job_id = new_id()
        state = "planning" if task == "plan" else "waiting"
        self.board.change(album_id, state=state, job=job_id, error=None, share=0, left=None)
        args = {"source": str(self._sources[album_id])}
        listener = partial(self._album_event, album_id, task)
        self.jobs.put(Job(job_id, lane, task, args, listener, retry=task == "plan"))

    def _album_event(self, album_id: str, task: str, event: str, values: Values) -> None:
        if event == "started" and task == "album":
            self.board.change(album_id, state="running")
        elif event == "progress":
            names = ("stage", "share", "left")
            self.board.change(album_id, **{name: values[name] for name in names})
        elif event == "states":
            self.board.change(album_id, states=values["states"])
        elif event == "done":
            state = "planned" if task == "plan" else "done"
            self.board.change(album_id, state=state, plan=values["result"], states={})
        elif event == "failed":
            self.board.change(album_id, state="failed", error=values["error"])
        elif event == "cancelled":
            self.board.change(album_id, state="stopped")
            self._album_job(album_id, LOOK, "plan")
