"""`nostalgia animate`: options, places of clips, exit codes. The pipeline is a stand-in."""

import json
from pathlib import Path

import pytest
from terminals import put_terminal

from nostalgia import errors
from nostalgia.cli.app import app
from nostalgia.options import AnimateOptions
from nostalgia.types import BoxXYXY


def test_defaults_are_those_of_the_options(run, pipeline, tmp_path: Path) -> None:
    result = run("animate", tmp_path / "oma.jpg")
    assert result.exit_code == 0
    (call,) = pipeline.calls
    assert (call.photo, call.clip) == (
        str(tmp_path / "oma.jpg"),
        tmp_path / "oma.nostalgia.mp4",
    )
    assert call.options == AnimateOptions()
    assert call.poster is None and not call.overwrite
    assert result.stdout == f"{tmp_path / 'oma.nostalgia.mp4'}\n"
    assert "warning: " in result.stderr and "odd" in result.stderr


def test_every_flag_reaches_the_pipeline(run, pipeline, tmp_path: Path) -> None:
    words = (
        "--faces 1,3 --face-box 1,2,30,40 --driver nod --strength 0.5 --enhance 0.25 --seed 7"
        " --fps 12 --duration 3 --max-side 640 --format gif --overwrite --quiet --order largest"
        " --size share --smile 0.1 --blink 0.2 --turn 0.3 --gaze 0.4 --once-then-still --crop face"
        " --side-by-side --preview --label --motion fomm --motion-option smoothing=0.3"
        " --motion-option output=network --device cuda --detection face-alignment"
        " --enhancement gfpgan --fidelity 0.7"
    ).split()
    words += ["--checkpoint", tmp_path / "vox", "--enhancement-checkpoint", tmp_path / "gfpgan"]
    result = run("animate", *words, "-o", tmp_path / "clip.gif", "a.jpg")
    assert result.exit_code == 0, result.output
    assert result.output == ""
    assert pipeline.calls[0].overwrite
    assert pipeline.calls[0].options == AnimateOptions(
        faces=(1, 3),
        face_box=BoxXYXY((1.0, 2.0, 31.0, 42.0)),
        driver="nod",
        strength=0.5,
        enhance=0.25,
        seed=7,
        fps=12.0,
        duration_s=3.0,
        size="share",
        max_side=640,
        format="gif",
        order="largest",
        smile=0.1,
        blink=0.2,
        turn=0.3,
        gaze=0.4,
        once_then_still=True,
        crop="face",
        side_by_side=True,
        preview=True,
        label=True,
        motion="fomm",
        motion_options={"smoothing": "0.3", "output": "network"},
        device="cuda",
        detection="face-alignment",
        enhancement="gfpgan",
        fidelity=0.7,
        checkpoint=str(tmp_path / "vox"),
        enhancement_checkpoint=str(tmp_path / "gfpgan"),
    )


def test_loop_sound_and_poster_reach_the_pipeline(run, pipeline, tmp_path) -> None:
    words = ["--loop", "3", "--audio", "a.mp3", "--poster", tmp_path / "a.jpg", "--overwrite"]
    assert run("animate", *words, "-o", tmp_path / "clip.mp4", "b.jpg").exit_code == 0
    (call,) = pipeline.calls
    assert call.options == AnimateOptions(loop=3, audio="a.mp3")
    assert (call.poster, call.overwrite) == (tmp_path / "a.jpg", True)


def test_single_faces_take_their_own_drivers_and_strengths(run, pipeline, tmp_path) -> None:
    words = "--driver 1=smile --driver calm --driver 12=./3=x.mp4 --strength 2=0.5".split()
    assert run("animate", *words, tmp_path / "a.jpg").exit_code == 0
    options = pipeline.calls[0].options
    assert (options.driver, options.strength) == ("calm", 1.0)
    assert options.face_drivers == {1: "smile", 12: "./3=x.mp4"}
    assert options.face_strengths == {2: 0.5}
    only = run("animate", "--driver", "./1=x.mp4", "--strength", "0", tmp_path / "a.jpg")
    assert only.exit_code == 7, "the clip already exists"
    assert run("animate", "--driver", "./1=x.mp4", tmp_path / "b.jpg").exit_code == 0
    assert pipeline.calls[1].options.driver == "./1=x.mp4"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("--driver smile --driver nod", "--driver 1=smile --driver 2=nod"),
        ("--driver 1=smile --driver 1=nod", "twice"),
        ("--driver 1=", "--driver 1=smile"),
        ("--driver 0=smile", "numbered from 1"),
        ("--strength 1 --strength 0.5", "--strength 1=1"),
        ("--strength 2=much", "--strength 2=0.5"),
        ("--strength 2=3", "from 0 to 2"),
        ("--strength 2=nan", "from 0 to 2"),
        ("--strength lots", "from 0 to 2"),
        ("--loop 2 --duration 3", "leave one"),
        ("--loop 2 --once-then-still", "leave out"),
        ("--poster a.png", ".jpg"),
        ("--poster a.jpg b.jpg", "one by one"),
    ],
)
def test_a_contradiction_is_a_usage_error_that_names_the_right_options(
    run, pipeline, words, hint
) -> None:
    result = run("animate", "a.jpg", *words.split())
    assert result.exit_code == 2
    assert hint in result.stderr
    assert not pipeline.calls


def test_a_driver_that_may_be_a_file_or_a_face_is_refused(
    run, pipeline, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "1=x.mp4").touch()
    result = run("animate", "a.jpg", "--driver", "1=x.mp4")
    assert result.exit_code == 2 and "--driver ./1=x.mp4" in result.stderr
    assert run("animate", "a.jpg", "--driver", "./1=x.mp4").exit_code == 0


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError, 2),
        (errors.InputError, 3),
        (errors.PhotoTooLargeError, 3),
        (errors.FaceError, 4),
        (errors.DriverError, 5),
        (errors.BackendError, 6),
        (errors.CheckpointError, 6),
        (errors.EncodingError, 7),
        (errors.OutputExistsError, 7),
        (ModuleNotFoundError, 6),
        (ZeroDivisionError, 1),
        (KeyboardInterrupt, 130),
    ],
)
def test_an_error_ends_in_one_line_and_its_exit_code(
    run, pipeline, tmp_path, monkeypatch, error, code
) -> None:
    monkeypatch.delenv("NOSTALGIA_DEBUG", raising=False)
    pipeline.errors["a.jpg"] = error("a.jpg: what\nhappened")
    result = run("animate", tmp_path / "a.jpg")
    assert result.exit_code == code
    assert "Traceback" not in result.output
    assert result.stdout == ""
    if issubclass(error, errors.NostalgiaError):
        assert result.stderr == "error: a.jpg: what happened\n"
    if code == 1:
        assert "bug" in result.stderr and "NOSTALGIA_DEBUG=1" in result.stderr


def test_debugging_shows_the_traceback(run, pipeline, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("NOSTALGIA_DEBUG", "1")
    pipeline.errors["a.jpg"] = ZeroDivisionError("inside")
    assert isinstance(run("animate", tmp_path / "a.jpg").exception, ZeroDivisionError)


def test_photos_after_a_bad_one_are_animated(run, pipeline, tmp_path: Path) -> None:
    pipeline.errors["b.jpg"] = errors.FaceError("b.jpg: no face")
    result = run("animate", *(tmp_path / name for name in ("a.jpg", "b.jpg", "c.jpg")))
    assert result.exit_code == 8
    assert [Path(call.photo).name for call in pipeline.calls] == ["a.jpg", "b.jpg", "c.jpg"]
    assert "error: b.jpg: no face" in result.stderr
    assert "1 of 3 photos" in result.stderr


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "1,2,0,4", "1,2,3,-4", "nan,1,2,3", ""])
def test_a_bad_face_box_is_a_usage_error(run, pipeline, box) -> None:
    result = run("animate", "a.jpg", "--face-box", box)
    assert result.exit_code == 2
    assert not pipeline.calls


@pytest.mark.parametrize(
    "words",
    [
        ("--strength", "3"),
        ("--strength", "nan"),
        ("--enhance", "-1"),
        ("--fps", "0"),
        ("--fps", "nan"),
        ("--duration", "nan"),
        ("--smile", "nan"),
        ("--blink", "2.1"),
        ("--turn", "-0.1"),
        ("--gaze", "inf"),
        ("--loop", "0"),
        ("--loop", "1.5"),
        ("--order", "tallest"),
        ("--crop", "head"),
        ("--poster", "a.png"),
        ("--max-side", "2"),
        ("--seed", "-1"),
        ("--format", "avi"),
        ("--unknown",),
    ],
)
def test_values_out_of_range_are_usage_errors(run, pipeline, words) -> None:
    assert run("animate", "a.jpg", *words).exit_code == 2
    assert not pipeline.calls


def test_photos_of_one_stem_get_two_clips(run, pipeline, tmp_path: Path) -> None:
    for name in ("oma.jpg", "oma.png"):
        (tmp_path / name).write_bytes(b"photo")
    together = run("animate", tmp_path / "oma.jpg", tmp_path / "oma.png")
    assert together.exit_code == 0
    assert [call.clip.name for call in pipeline.calls] == [
        "oma.jpg.nostalgia.mp4",
        "oma.png.nostalgia.mp4",
    ]
    alone = run("animate", tmp_path / "oma.png", "--overwrite")
    assert alone.exit_code == 0
    assert pipeline.calls[-1].clip.name == "oma.png.nostalgia.mp4"


def test_photos_of_one_name_from_two_folders_get_two_clips(run, pipeline, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("animate", tmp_path / "a" / "oma.jpg", tmp_path / "b" / "oma.jpg", "-o", out)
    assert result.exit_code == 0, result.output
    assert len({call.clip for call in pipeline.calls}) == 2
    assert {call.clip.parent for call in pipeline.calls} == {out}


def test_an_existing_clip_is_kept(run, pipeline, tmp_path: Path) -> None:
    clip = tmp_path / "a.nostalgia.mp4"
    clip.write_bytes(b"older")
    result = run("animate", tmp_path / "a.jpg")
    assert result.exit_code == 7
    assert "--overwrite" in result.stderr
    assert not pipeline.calls and clip.read_bytes() == b"older"
    assert run("animate", tmp_path / "a.jpg", "--overwrite").exit_code == 0
    assert clip.read_bytes() == b"clip"


def test_a_clip_needs_the_suffix_of_a_clip(run, pipeline, tmp_path: Path) -> None:
    assert run("animate", "a.jpg", "-o", tmp_path / "clip.avi").exit_code == 2
    assert not pipeline.calls
    assert run("animate", "a.jpg", "-o", tmp_path / "clip.avi", "--format", "mp4").exit_code == 0
    assert pipeline.calls[0].clip == tmp_path / "clip.avi"


def test_several_photos_need_a_folder(run, pipeline, tmp_path: Path) -> None:
    assert run("animate", "a.jpg", "b.jpg", "-o", tmp_path / "clip.mp4").exit_code == 2
    assert not pipeline.calls


def test_standard_input_needs_an_output_file(run, pipeline, astronaut, tmp_path: Path) -> None:
    assert run("animate", "-").exit_code == 2
    assert run("animate", "-", "-o", tmp_path).exit_code == 2
    assert run("animate", "-", "a.jpg", "-o", tmp_path / "x").exit_code == 2
    assert not pipeline.calls
    photo = astronaut.read_bytes()
    assert run("animate", "-", "-o", tmp_path / "clip.mp4", stdin=photo).exit_code == 0
    assert (pipeline.calls[0].photo, pipeline.calls[0].clip) == ("-", tmp_path / "clip.mp4")


def test_a_leading_dash_is_a_name_after_two_dashes(run, pipeline, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("animate", "--", "-photo.jpg").exit_code == 0
    assert pipeline.calls[0].photo == "-photo.jpg"
    assert pipeline.calls[0].clip == Path("-photo.nostalgia.mp4")


@pytest.mark.parametrize("name", ["a.jpg", "clip.mp4", "first.jpg"])
def test_the_report_replaces_no_other_file_of_the_run(run, pipeline, tmp_path, name) -> None:
    photo, clip, poster = (tmp_path / each for each in ("a.jpg", "clip.mp4", "first.jpg"))
    photo.write_bytes(b"photo")
    words = ("-o", clip, "--poster", poster, "--overwrite")
    result = run("animate", photo, *words, "--report", tmp_path / name)
    assert result.exit_code == 2 and f"{name} is named twice" in result.stderr
    assert photo.read_bytes() == b"photo" and not pipeline.calls


def test_the_folder_of_the_report_is_checked_before_the_work(run, pipeline, tmp_path) -> None:
    result = run("animate", tmp_path / "a.jpg", "--report", tmp_path / "missing" / "report.json")
    assert result.exit_code == 7 and "its folder does not exist" in result.stderr
    assert not pipeline.calls


def test_the_report_is_written_and_not_overwritten(run, pipeline, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    assert run("animate", tmp_path / "a.jpg", "--report", report).exit_code == 0
    assert json.loads(report.read_text())["photo"]["path"] == str(tmp_path / "a.jpg")
    assert run("animate", tmp_path / "a.jpg", "--report", report).exit_code == 7
    assert len(pipeline.calls) == 1, "found before the work"
    assert len(pipeline.calls) == 1
    several = run(
        "animate", tmp_path / "a.jpg", tmp_path / "b.jpg", "--report", report, "--overwrite"
    )
    assert several.exit_code == 0
    assert len(json.loads(report.read_text())) == 2


def test_a_report_that_cannot_be_written_is_refused_before_the_work(
    run, pipeline, tmp_path
) -> None:
    for report in (tmp_path / "none" / "report.json", tmp_path):
        assert run("animate", tmp_path / "a.jpg", "--report", report).exit_code == 7
    assert not pipeline.calls


def test_a_photo_in_a_folder_that_does_not_exist_is_an_input_error(run, tmp_path: Path) -> None:
    result = run("animate", tmp_path / "none" / "a.jpg")
    assert result.exit_code == 3
    assert "no such file" in result.stderr
    assert run("animate", tmp_path / "a.jpg", "-o", tmp_path / "none" / "a.mp4").exit_code == 7


def test_json_prints_one_line_per_photo(run, pipeline, tmp_path: Path) -> None:
    pipeline.errors["b.jpg"] = errors.InputError("b.jpg: empty")
    result = run("animate", tmp_path / "a.jpg", tmp_path / "b.jpg", "--json")
    good, bad = map(json.loads, result.stdout.splitlines())
    assert good["clip"]["path"] == str(tmp_path / "a.nostalgia.mp4")
    assert (bad["error"], bad["exit_code"]) == ("b.jpg: empty", 3)


def test_a_photo_without_a_name_is_a_usage_error(run, pipeline) -> None:
    assert run("animate", "").exit_code == 2


def test_the_current_folder_names_batch(run, pipeline) -> None:
    result = run("animate", ".")
    assert result.exit_code == 3 and "nostalgia batch ." in result.stderr


def test_an_output_without_a_suffix_is_a_folder_for_one_photo_as_for_two(
    run, pipeline, tmp_path: Path
) -> None:
    assert run("animate", "a.jpg", "-o", tmp_path / "one").exit_code == 0
    assert run("animate", "a.jpg", "b.jpg", "-o", tmp_path / "two").exit_code == 0
    assert [call.clip for call in pipeline.calls] == [
        tmp_path / "one/a.nostalgia.mp4",
        tmp_path / "two/a.nostalgia.mp4",
        tmp_path / "two/b.nostalgia.mp4",
    ]


def test_a_preview_has_its_own_name_and_replaces_an_earlier_one(run, pipeline, tmp_path) -> None:
    photo, folder = tmp_path / "a.jpg", tmp_path / "previews"
    for _ in range(2):
        assert run("animate", photo, "--preview").stdout == f"{tmp_path / 'a.preview.mp4'}\n"
        into_folder = run("animate", photo, "--preview", "-o", folder)
        assert into_folder.stdout == f"{folder / 'a.preview.mp4'}\n"
    named = tmp_path / "mine.mp4"
    named.write_bytes(b"older")
    assert run("animate", photo, "--preview", "-o", named).exit_code == 7
    assert named.read_bytes() == b"older"


def test_a_folder_of_photos_is_a_task_for_batch(run, pipeline, tmp_path: Path) -> None:
    (tmp_path / "box").mkdir()
    result = run("animate", tmp_path / "box")
    assert result.exit_code == 3
    assert f"run: nostalgia batch {tmp_path / 'box'}" in result.stderr
    assert not pipeline.calls


def test_a_driver_of_a_wrong_name_is_met_with_the_right_one(run, tmp_path, astronaut) -> None:
    result = run("animate", astronaut, "--driver", "smlie", "-o", tmp_path / "clip.mp4")
    assert result.exit_code == 5
    assert "did you mean smile?" in result.stderr


def test_an_odd_side_is_padded_without_a_warning(run, tmp_path, astronaut) -> None:
    short = ("--duration", "0.2", "--fps", "5", "--driver", "smile")
    result = run("animate", astronaut, *short, "--json", "-o", tmp_path / "clip.mp4")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["clip"]["padded_px"] == [1, 1]
    assert report["warnings"] == [] and result.stderr == ""


def test_networks_are_loaded_for_all_photos_at_once(run, pipeline, tmp_path: Path) -> None:
    assert run("animate", tmp_path / "a.jpg", tmp_path / "b.jpg").exit_code == 0
    assert pipeline.animators == 1


def test_json_has_a_line_for_a_single_photo_that_fails(run, pipeline, tmp_path: Path) -> None:
    pipeline.errors["a.jpg"] = errors.FaceError(f"a.jpg: no face; try {errors.option('face_box')}")
    result = run("animate", tmp_path / "a.jpg", "--json")
    assert result.exit_code == 4
    (line,) = result.stdout.splitlines()
    assert json.loads(line) == {
        "photo": {"path": str(tmp_path / "a.jpg")},
        "error": "a.jpg: no face; try --face-box",
        "exit_code": 4,
    }
    assert result.stderr == "error: a.jpg: no face; try --face-box\n"


def test_a_clip_goes_to_standard_output_and_nothing_else(
    run, pipeline, astronaut, tmp_path: Path
) -> None:
    photo = astronaut.read_bytes()
    astronaut.unlink()
    report = tmp_path / "report.json"
    result = run("animate", tmp_path / "a.jpg", "-o", "-", "--report", report)
    assert (result.exit_code, result.stdout_bytes) == (0, b"clip")
    assert result.stderr == f"warning: {tmp_path / 'a.jpg'}: odd\n"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    assert json.loads(report.read_text())["clip"]["path"] == "-"
    assert not pipeline.calls[0].clip.exists()
    words = ("animate", "-", "-o", "-", "--format", "gif", "-q")
    assert run(*words, stdin=photo).stdout_bytes == b"clip"
    assert pipeline.calls[1].clip.suffix == ".gif"


@pytest.mark.parametrize("words", [("--json",), ("b.jpg",), ("--report", __file__)])
def test_standard_output_takes_one_clip_alone(run, pipeline, words) -> None:
    result = run("animate", "a.jpg", "-o", "-", *words)
    assert result.exit_code in (2, 7) and result.stdout == ""
    assert not pipeline.calls


def test_a_clip_is_not_printed_on_a_terminal(pipeline, monkeypatch) -> None:
    terminal = put_terminal(monkeypatch)
    with pytest.raises(SystemExit) as end:
        app(["animate", "a.jpg", "-o", "-"])
    assert end.value.code == 2
    assert "-o - > clip.mp4" in terminal.getvalue()
    assert not pipeline.calls


def test_the_progress_bar_names_the_photo_and_its_number(pipeline, monkeypatch, tmp_path) -> None:
    terminal = put_terminal(monkeypatch)
    with pytest.raises(SystemExit) as end:
        app(["animate", str(tmp_path / "a.jpg"), str(tmp_path / "b.jpg")])
    assert end.value.code == 0
    shown = terminal.getvalue()
    assert "photo 1 of 2: " in shown and "photo 2 of 2: " in shown
    assert "rendering" in shown
