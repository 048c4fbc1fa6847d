"""`nostalgia animate`: options, places of clips, exit codes. The pipeline is a stand-in."""

import json
from pathlib import Path

import pytest

from nostalgia import errors
from nostalgia.options import AnimateOptions


def test_defaults_are_those_of_the_options(run, pipeline, tmp_path: Path) -> None:
    result = run("animate", tmp_path / "oma.jpg")
    assert result.exit_code == 0
    assert pipeline.calls == [
        (str(tmp_path / "oma.jpg"), tmp_path / "oma.nostalgia.mp4", AnimateOptions())
    ]
    assert result.stdout == f"{tmp_path / 'oma.nostalgia.mp4'}\n"
    assert "warning: " in result.stderr and "odd" in result.stderr


def test_every_flag_reaches_the_pipeline(run, pipeline, tmp_path: Path) -> None:
    words = (
        "--faces 1,3 --face-box 1,2,30,40 --driver nod --strength 0.5 --enhance 0.25 --seed 7"
        " --fps 12 --duration 3 --max-side 640 --format gif --overwrite --quiet --order largest"
        " --smile 0.1 --blink 0.2 --turn 0.3 --gaze 0.4 --once-then-still --crop face"
        " --side-by-side --preview"
    ).split()
    result = run("animate", *words, "-o", tmp_path / "clip.gif", "a.jpg")
    assert result.exit_code == 0, result.output
    assert result.output == ""
    assert pipeline.calls[0][2] == AnimateOptions(
        faces="1,3",
        face_box=(1.0, 2.0, 30.0, 40.0),
        driver="nod",
        strength=0.5,
        enhance=0.25,
        seed=7,
        fps=12.0,
        duration_s=3.0,
        max_side=640,
        format="gif",
        overwrite=True,
        order="largest",
        smile=0.1,
        blink=0.2,
        turn=0.3,
        gaze=0.4,
        once_then_still=True,
        crop="face",
        side_by_side=True,
        preview=True,
    )


def test_loop_sound_and_poster_reach_the_pipeline(run, pipeline, tmp_path) -> None:
    words = "--loop 3 --audio a.mp3 --poster a.jpg --overwrite".split()
    assert run("animate", *words, "-o", tmp_path / "clip.mp4", "b.jpg").exit_code == 0
    assert pipeline.calls[0][2] == AnimateOptions(
        loop=3, audio="a.mp3", poster="a.jpg", overwrite=True
    )


def test_single_faces_have_drivers_and_strengths_of_their_own(run, pipeline, tmp_path) -> None:
    words = "--driver 1=smile --driver calm --driver 12=./3=x.mp4 --strength 2=0.5".split()
    assert run("animate", *words, tmp_path / "a.jpg").exit_code == 0
    options = pipeline.calls[0][2]
    assert (options.driver, options.strength) == ("calm", 1.0)
    assert options.face_drivers == {1: "smile", 12: "./3=x.mp4"}
    assert options.face_strengths == {2: 0.5}
    only = run("animate", "--driver", "./1=x.mp4", "--strength", "0", tmp_path / "a.jpg")
    assert only.exit_code == 7, "the clip is there"
    assert run("animate", "--driver", "./1=x.mp4", tmp_path / "b.jpg").exit_code == 0
    assert pipeline.calls[1][2].driver == "./1=x.mp4"


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
def test_what_contradicts_itself_is_a_usage_error_with_what_to_type(
    run, pipeline, words, hint
) -> None:
    result = run("animate", "a.jpg", *words.split())
    assert result.exit_code == 2
    assert hint in result.stderr
    assert not pipeline.calls


def test_a_driver_that_is_a_file_and_a_face_is_asked_about(
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


def test_several_photos_go_on_after_a_bad_one(run, pipeline, tmp_path: Path) -> None:
    pipeline.errors["b.jpg"] = errors.FaceError("b.jpg: no face")
    result = run("animate", *(tmp_path / name for name in ("a.jpg", "b.jpg", "c.jpg")))
    assert result.exit_code == 8
    assert [Path(photo).name for photo, _, _ in pipeline.calls] == ["a.jpg", "b.jpg", "c.jpg"]
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
    assert [clip.name for _, clip, _ in pipeline.calls] == [
        "oma.jpg.nostalgia.mp4",
        "oma.png.nostalgia.mp4",
    ]
    alone = run("animate", tmp_path / "oma.png", "--overwrite")
    assert alone.exit_code == 0
    assert pipeline.calls[-1][1].name == "oma.png.nostalgia.mp4"


def test_photos_of_one_name_from_two_folders_get_two_clips(run, pipeline, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("animate", tmp_path / "a" / "oma.jpg", tmp_path / "b" / "oma.jpg", "-o", out)
    assert result.exit_code == 0, result.output
    assert len({clip for _, clip, _ in pipeline.calls}) == 2
    assert {clip.parent for _, clip, _ in pipeline.calls} == {out}


def test_a_clip_that_is_there_is_kept(run, pipeline, tmp_path: Path) -> None:
    clip = tmp_path / "a.nostalgia.mp4"
    clip.write_bytes(b"older")
    result = run("animate", tmp_path / "a.jpg")
    assert result.exit_code == 7
    assert "--overwrite" in result.stderr
    assert not pipeline.calls and clip.read_bytes() == b"older"
    assert run("animate", tmp_path / "a.jpg", "--overwrite").exit_code == 0
    assert clip.read_bytes() == b"clip"


def test_a_clip_is_not_called_like_something_else(run, pipeline, tmp_path: Path) -> None:
    assert run("animate", "a.jpg", "-o", tmp_path / "clip.avi").exit_code == 2
    assert not pipeline.calls
    assert run("animate", "a.jpg", "-o", tmp_path / "clip.avi", "--format", "mp4").exit_code == 0
    assert run("animate", "a.jpg", "-o", tmp_path / "clip").exit_code == 0


def test_several_photos_want_a_folder(run, pipeline, tmp_path: Path) -> None:
    assert run("animate", "a.jpg", "b.jpg", "-o", tmp_path / "clip.mp4").exit_code == 2
    assert not pipeline.calls


def test_standard_input_wants_an_output_file(run, pipeline, tmp_path: Path) -> None:
    assert run("animate", "-").exit_code == 2
    assert run("animate", "-", "-o", tmp_path).exit_code == 2
    assert run("animate", "-", "a.jpg", "-o", tmp_path / "x").exit_code == 2
    assert not pipeline.calls
    assert run("animate", "-", "-o", tmp_path / "clip.mp4").exit_code == 0
    assert pipeline.calls[0][:2] == ("-", tmp_path / "clip.mp4")


def test_a_leading_dash_is_a_name_after_two_dashes(run, pipeline, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("animate", "--", "-photo.jpg").exit_code == 0
    assert pipeline.calls[0][:2] == ("-photo.jpg", Path("-photo.nostalgia.mp4"))


def test_the_report_is_written_and_not_overwritten(run, pipeline, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    assert run("animate", tmp_path / "a.jpg", "--report", report).exit_code == 0
    assert json.loads(report.read_text())["photo"]["path"] == str(tmp_path / "a.jpg")
    assert run("animate", tmp_path / "a.jpg", "--report", report).exit_code == 7
    assert len(pipeline.calls) == 1
    several = run(
        "animate", tmp_path / "a.jpg", tmp_path / "b.jpg", "--report", report, "--overwrite"
    )
    assert several.exit_code == 0
    assert len(json.loads(report.read_text())) == 2


def test_json_prints_one_line_per_photo(run, pipeline, tmp_path: Path) -> None:
    pipeline.errors["b.jpg"] = errors.InputError("b.jpg: empty")
    result = run("animate", tmp_path / "a.jpg", tmp_path / "b.jpg", "--json")
    good, bad = map(json.loads, result.stdout.splitlines())
    assert good["clip"]["path"] == str(tmp_path / "a.nostalgia.mp4")
    assert (bad["error"], bad["exit_code"]) == ("b.jpg: empty", 3)


@pytest.mark.parametrize("photo", ["", "."])
def test_no_name_at_all_is_a_usage_error(run, pipeline, photo) -> None:
    assert run("animate", photo).exit_code == 2
