"""Performances that were recorded in the page: checked, used as drivers, and deleted."""

import shutil
from functools import partial
from pathlib import Path

from nostalgia.app.board import Board, Media, Values, new_id
from nostalgia.app.jobs import LOOK, Job, Jobs
from nostalgia.drivers.bank.names import check_name
from nostalgia.errors import InputError


class Recordings:
    """The recordings of a session. A kept one becomes a driver: its motion, never its picture."""

    def __init__(self, folder: Path, jobs: Jobs, board: Board, media: Media) -> None:
        self._folder, self._jobs, self._board, self._media = folder, jobs, board, media
        self.files: dict[str, Path] = {}

    def add(self, upload: Path, media_type: str) -> str:
        """Check a recording as any driving clip is checked; returns its id."""
        recording_id = new_id()
        is_mp4 = "mp4" in media_type
        # Reports and messages name a driving clip as its file.
        path = self._folder / recording_id[:12] / f"recording.{'mp4' if is_mp4 else 'webm'}"
        path.parent.mkdir(parents=True)
        upload.rename(path)
        self.files[recording_id] = path
        shown = self._media.add(path, "video/mp4" if is_mp4 else "video/webm")
        self._board.put(
            recording_id, kind="recording", state="checking", picture=shown, share=0, error=None
        )
        listener = partial(self._happened, recording_id)
        args = {"path": str(path)}
        self._jobs.put(Job(recording_id, LOOK, "record", args, listener, retry=True))
        return recording_id

    def keep(self, recording_id: str, name: str) -> None:
        """Keep its motion as a driver of the user's own, and delete the recording.

        Raises:
            InputError: it is not there. DriverError: the name cannot be used.
        """
        path = self._file(recording_id)
        name = check_name(name)
        self._board.change(recording_id, state="keeping")
        listener = partial(self._kept, recording_id)
        args = {"path": str(path), "name": name}
        self._jobs.put(Job(new_id(), LOOK, "keep", args, listener))

    def remove(self, recording_id: str) -> None:
        """Delete a recording.

        Raises:
            InputError: it is not there.
        """
        path = self._file(recording_id)
        self._jobs.cancel(recording_id)
        del self.files[recording_id]
        self._media.remove_below(path)
        shutil.rmtree(path.parent, ignore_errors=True)
        self._board.remove(recording_id)

    def _file(self, recording_id: str) -> Path:
        if recording_id not in self.files:
            raise InputError("that recording is not there any more")
        return self.files[recording_id]

    def _happened(self, recording_id: str, event: str, values: Values) -> None:
        if event == "progress":
            self._board.change(recording_id, share=values["share"])
        elif event == "done":
            self._board.change(recording_id, state="ready", **values["result"])
        elif event == "failed":
            self._board.change(recording_id, state="failed", error=values["error"])

    def _kept(self, recording_id: str, event: str, values: Values) -> None:
        if event == "failed":
            self._board.change(recording_id, state="ready", error=values["error"])
        elif event == "done":
            self._board.put("drivers", kind="drivers", latest=values["result"]["name"])
            self.remove(recording_id)
