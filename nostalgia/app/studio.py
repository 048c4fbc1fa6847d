"""Tasks of a worker: what the page asks for, done with the public functions of the library."""

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nostalgia.app.album import plan_values, run_values
from nostalgia.app.pictures import Shelf, Source, file_name, save_pictures, save_view
from nostalgia.app.wording import page_text, page_wording
from nostalgia.clips.reader import driving_clip_info, read_frames
from nostalgia.drivers.bank.bank import load_bank
from nostalgia.drivers.library import add_driver
from nostalgia.drivers.recording.recent import recorded_clip
from nostalgia.errors import FaceError, mentions
from nostalgia.faces.finder import FaceFinder
from nostalgia.options import AnimateOptions
from nostalgia.pipeline import Animator
from nostalgia.progress import CancelToken, Progress, ProgressCallback
from nostalgia.scene.analysis import Analysis
from nostalgia.scene.explain import Explanation
from nostalgia.scene.report import Report
from nostalgia.scene.sizes import needs_all_pixels

Values = dict[str, Any]
Tell = Callable[[str, Values], None]
"""Sends an event and its values to the server while a task is done."""

_LEAST_GAP_S = 0.1
_WARM_PX = 1200


@dataclass
class Studio:
    """One thread's networks, loaded once, and the tasks that they do."""

    shelf: Shelf
    animator: Animator
    _finder: FaceFinder | None = None

    def do(self, task: str, args: Mapping[str, Any], tell: Tell, cancel: CancelToken) -> Values:
        """Do one task and return its result as JSON values.

        Raises:
            NostalgiaError: it cannot be done. Cancelled: it was stopped.
        """
        tasks: Mapping[str, Callable[[Mapping[str, Any], Tell, CancelToken], Values]] = {
            "warm": self._warm,
            "analyse": self._analyse,
            "explain": self._explain,
            "animate": self._animate,
            "enhance": self._enhance,
            "record": self._record,
            "keep": self._keep,
            "plan": lambda args, tell, cancel: plan_values(args),
            "album": lambda args, tell, cancel: run_values(args, paced(tell), tell, cancel),
        }
        return tasks[task](args, tell, cancel)

    def _warm(self, args: Mapping[str, Any], tell: Tell, cancel: CancelToken) -> Values:
        """Do once what the first photo needs, with the performer of the bank: it is fast then."""
        bank = load_bank()
        clip = bank.driver(bank.default).clip_path
        if clip is not None:
            frame = next(iter(read_frames(clip, 1.0, _WARM_PX)))
            large = Image.fromarray(frame).resize((_WARM_PX, _WARM_PX))
            analysis = self.animator.analyse(np.asarray(large))
            self.animator.explain(analysis)
            next(iter(self.animator.frames(analysis, preview=True)))
        return {}

    def _analyse(self, args: Mapping[str, Any], tell: Tell, cancel: CancelToken) -> Values:
        """Read a photo, find its faces, and say what would be done with each."""
        analysis = self.shelf.analysis(Source.of(args), self.animator, cancel)
        photo = analysis.photo
        tell(
            "found",
            {
                "width": photo.width,
                "height": photo.height,
                "faces": [face.to_dict() for face in analysis.faces],
                "pictures": save_pictures(analysis, Path(args["folder"])),
            },
        )
        values = self._explained(analysis, AnimateOptions(), cancel)
        return values | {"turn": analysis.upright_turn // 90}

    def _explain(self, args: Mapping[str, Any], tell: Tell, cancel: CancelToken) -> Values:
        analysis = self.shelf.analysis(Source.of(args), self.animator, cancel)
        return self._explained(analysis, _options(args), cancel)

    def _explained(
        self, analysis: Analysis, options: AnimateOptions, cancel: CancelToken
    ) -> Values:
        try:
            changes = _changes(options) | {"rotate": analysis.rotate}
            explained = self.animator.explain(analysis, cancel=cancel, **changes)
        except FaceError:
            return {
                "faces": [],
                "warnings": [page_text(each) for each in analysis.photo.warnings],
                "clip": None,
            }
        return explanation_values(explained)

    def _animate(self, args: Mapping[str, Any], tell: Tell, cancel: CancelToken) -> Values:
        source = Source.of(args)
        options = replace(_options(args), rotate=source.rotate, face_box=source.box)
        analysis = self.shelf.analysis(source, self.animator, cancel)
        own_wh = analysis.photo.own_wh
        if own_wh and needs_all_pixels(options, analysis.faces, own_wh):
            analysis = self.shelf.analysis(source, self.animator, cancel, whole=True)
        animation = self.animator.animate(
            analysis,
            args["output"],
            poster=args.get("poster"),
            overwrite=True,
            progress=paced(tell),
            cancel=cancel,
            **_changes(options),
        )
        return report_values(animation.report)

    def _enhance(self, args: Mapping[str, Any], tell: Tell, cancel: CancelToken) -> Values:
        """Restore a photo from a copy of its file under the name that the page gave it."""
        source = Source.of(args)
        options = replace(_options(args), rotate=source.rotate, face_box=source.box)
        with tempfile.TemporaryDirectory(prefix="nostalgia-") as folder:
            photo = Path(folder) / file_name(source.name)
            shutil.copyfile(source.path, photo)
            found = self.animator.enhance(
                photo,
                args["output"],
                overwrite=True,
                progress=paced(tell),
                cancel=cancel,
                **_changes(options),
            )
        save_view(Image.fromarray(found.pixels), Path(args["poster"]))
        height, width = found.pixels.shape[:2]
        size = {"width": width, "height": height}
        return {"clip": size, "warnings": still_warnings(found.warnings)}

    def _record(self, args: Mapping[str, Any], tell: Tell, cancel: CancelToken) -> Values:
        """Check a recording as any driving clip is checked; nothing is kept."""
        path = Path(args["path"])
        info = driving_clip_info(path)
        show = paced(tell)
        frames = 0
        expected = max((info.duration_s or 10.0) * 30, 1.0)

        def check() -> None:
            nonlocal frames
            cancel.check()
            frames += 1
            show(Progress("recording", min(frames / expected, 1.0)))

        recording = recorded_clip(path, self._face_finder, check)
        start, end = recording.used_s
        return {
            "seconds": round(end - start, 2),
            "warnings": [page_text(text) for text in recording.warnings],
        }

    def _face_finder(self) -> FaceFinder:
        self._finder = self._finder or FaceFinder.load()
        return self._finder

    def _keep(self, args: Mapping[str, Any], tell: Tell, cancel: CancelToken) -> Values:
        entry = add_driver(args["path"], args["name"], check=cancel.check)
        return {"name": entry.name}


def _options(args: Mapping[str, Any]) -> AnimateOptions:
    values = dict(args["options"])
    for name in ("face_drivers", "face_strengths"):
        values[name] = {int(face): value for face, value in values.get(name, {}).items()}
    return AnimateOptions(**values)


def _changes(options: AnimateOptions) -> Any:
    from nostalgia.app.requests import plain_options

    return plain_options(options)


def paced(tell: Tell) -> ProgressCallback:
    """A progress callback that tells at most ten times a second."""
    told = 0.0

    def show(progress: Progress) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= _LEAST_GAP_S:
            told = now
            values = {"stage": progress.stage, "share": round(progress.share, 4)}
            left = progress.seconds_left
            tell("progress", values | {"left": None if left is None else round(left, 1)})

    return show


def explanation_values(explained: Explanation) -> Values:
    """What would be done with each face, as the page shows it.

    drivers: names of drivers that suit the face, best first.
    """
    faces = []
    for one in explained.faces:
        choice = one.choice
        faces.append(
            {
                "number": choice.face.number,
                "moves": choice.moves,
                "still": choice.still.reason.value if choice.still else "",
                "reason": choice.still.text if choice.still else "",
                "driver": choice.match.driver.name if choice.match else "",
                "why": choice.match.why if choice.match else "",
                "drivers": list(dict.fromkeys(score.name for score in one.scores)),
                "advice": [_advice_values(each.to_dict(page_wording)) for each in choice.advice],
            }
        )
    values = explained.to_dict(page_wording)
    warnings = [page_text(text) for text in values["warnings"]]
    return {"faces": faces, "warnings": warnings, "clip": values["clip"]}


def _advice_values(advice: Values) -> Values:
    """A piece of advice without what only a terminal has."""
    return advice | {name: page_text(advice[name]) for name in ("text", "what_to_do")}


def still_warnings(warnings: Sequence[str]) -> list[str]:
    """Warnings of a restored picture, as the page shows them.

    Not those that advise another size, which the page does not offer, nor those about faces that
    were not chosen: the bar of faces says so.
    """
    told = [text for text in warnings if not any(mentions(text, o) for o in ("scale", "faces"))]
    return [page_text(text) for text in told]


def report_values(report: Report) -> Values:
    """The report of a clip, as the page shows it."""
    values = report.to_dict(page_wording)
    faces = [
        {
            "number": face["number"],
            "moved": face["animated"],
            "reason": face["reason"],
            "driver": face["driver"] and face["driver"]["name"],
            "mirrored": face["driver"] and face["driver"]["mirrored"],
            "title": face["driver"] and face["driver"]["title"],
            "why": face["driver"] and face["driver"]["why"],
            "advice": [_advice_values(each) for each in face["advice"]],
        }
        for face in values["faces"]
    ]
    names = ("format", "width", "height", "frames", "fps", "duration_s", "size_kib", "label")
    clip = {name: values["clip"][name] for name in names}
    seconds = values["timing"]["total_s"]
    warnings = [page_text(text) for text in values["warnings"]]
    return {"faces": faces, "clip": clip, "warnings": warnings, "seconds": seconds}
