"""The clips of a session: quick looks, clips, GIFs and restored pictures, each made by a job."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from nostalgia.app.board import Board, Media, Values, new_id
from nostalgia.app.jobs import ENDS, LOOK, WORK, Job, Jobs
from nostalgia.app.recordings import Recordings
from nostalgia.app.requests import options_of, plain_options
from nostalgia.errors import InputError, UsageError
from nostalgia.files import CLIP_MARK, ENHANCED_MARK, PREVIEW_MARK, still_suffix

_TYPES = {
    "mp4": "video/mp4", "gif": "image/gif", "webp": "image/webp", "png": "image/png",
    **dict.fromkeys(("jpg", "jpeg"), "image/jpeg"), **dict.fromkeys(("tif", "tiff"), "image/tiff"),
}  # fmt: skip
_MARKS = {"clip": CLIP_MARK, "quick": PREVIEW_MARK, "restored": ENHANCED_MARK}
"""What is made of a photo -> the word in its file name."""


class Clips:
    """Made clips stay until they are removed or the session ends.

    look: of an item: "clip", "quick" (one second, small), "restored" (the still picture with
    restored faces) or "gif" (a copy of a clip).
    """

    def __init__(
        self, folder: Path, jobs: Jobs, board: Board, media: Media, recordings: Recordings
    ) -> None:
        self._folder, self._jobs, self._board, self._media = folder, jobs, board, media
        self._recordings = recordings

    def get(self, clip_id: str) -> Values:
        """The item of a clip.

        Raises:
            InputError: it is not there.
        """
        clip = self._board.get(clip_id, "clip")
        if clip is None:
            raise InputError("that clip is not there any more")
        return clip

    def make(self, photo: Values, source: Mapping[str, Any], look: str, options: Any) -> str:
        """Make a clip of a photo; a quick look or restored picture replaces the one before it.

        Raises:
            UsageError, DriverError: as `options_of`, or `look` is unknown.
        """
        if look not in _MARKS:
            raise UsageError("a clip, a quick look or a restored picture can be made")
        values = plain_options(options_of(options, self._recordings.files))
        earlier = [clip for clip in self._board.all("clip") if clip["photo"] == photo["id"]]
        if look == "quick":
            values["preview"] = True
        for clip in earlier:
            if clip["look"] == look != "clip":
                self.remove(clip["id"])
        take = 1 + sum(clip["look"] == "clip" for clip in earlier)
        stem = Path(photo["name"]).stem + (f"-{take}" if take > 1 and look != "restored" else "")
        shown = {"given": options, "take": take, "name": f"{stem}.{_MARKS[look]}"}
        still = still_suffix(Path(photo["name"])) if look == "restored" else ""
        return self._start(photo["id"], source, look, values, shown, still)

    def make_gif(self, clip: Values, source: Mapping[str, Any]) -> str:
        """Make a clip again as a GIF, with the same options."""
        values = plain_options(options_of(clip["given"], self._recordings.files))
        shown = {"given": clip["given"], "take": clip["take"], "name": clip["name"]}
        shown["of"] = clip["id"]
        return self._start(clip["photo"], source, "gif", values | {"format": "gif"}, shown)

    def cancel(self, clip_id: str) -> None:
        """Stop the work on a clip."""
        self._jobs.cancel(self.get(clip_id)["id"])

    def remove(self, clip_id: str) -> None:
        """Remove a clip and its files; work on it is stopped."""
        self.get(clip_id)
        self._jobs.cancel(clip_id)
        for path in self._folder.glob(f"{clip_id}*"):
            self._media.remove_below(path)
            path.unlink(missing_ok=True)
        self._board.remove(clip_id)

    def _start(
        self,
        photo_id: str,
        source: Mapping[str, Any],
        look: str,
        values: Values,
        shown: Values,
        still: str = "",
    ) -> str:
        """Start the work on an item. still: suffix of a still picture, "" for a clip."""
        clip_id = new_id()
        self._folder.mkdir(parents=True, exist_ok=True)
        suffix = still or values.get("format") or "mp4"
        path, poster = self._folder / f"{clip_id}.{suffix}", self._folder / f"{clip_id}-view.jpg"
        args = {**source, "options": values, "output": str(path), "poster": str(poster)}
        task = "enhance" if still else "animate"
        self._board.put(
            clip_id, kind="clip", look=look, photo=photo_id, state="waiting", stage="", share=0,
            left=None, error=None, **shown,
        )  # fmt: skip
        listener = partial(self._happened, clip_id, path, poster, shown["name"])
        lane = LOOK if look == "quick" else WORK
        self._jobs.put(Job(clip_id, lane, task, args, listener))
        return clip_id

    def _happened(
        self, clip_id: str, path: Path, poster: Path, name: str, event: str, values: Values
    ) -> None:
        if event in ENDS and self._board.get(clip_id, "clip") is None:
            for each in (path, poster):  # removed while it was being made
                each.unlink(missing_ok=True)
        elif event == "started":
            self._board.change(clip_id, state="running")
        elif event == "progress":
            names = ("stage", "share", "left")
            self._board.change(clip_id, **{key: values[key] for key in names})
        elif event == "done":
            suffix = path.suffix.lstrip(".")
            file = {
                "clip": self._media.add(path, _TYPES[suffix], f"{name}.{suffix}"),
                "save_as": f"{name}.{suffix}",
            }
            if poster.is_file():
                file["poster"] = self._media.add(poster, "image/jpeg", f"{name}.jpg")
            self._board.change(clip_id, state="done", share=1, result=values["result"], **file)
        elif event in ENDS:
            state = "failed" if event == "failed" else "cancelled"
            self._board.change(clip_id, state=state, error=values.get("error"))
