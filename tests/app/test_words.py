"""The words of the page: one file for each language, all with the same keys and places."""

import re
from pathlib import Path

import pytest

import nostalgia.app
from nostalgia.album.state import State
from nostalgia.app.studio import still_warnings
from nostalgia.app.wording import error_values, fine_controls, page_text
from nostalgia.drivers.bank.bank import load_bank
from nostalgia.errors import InputError, Remedy, UsageError, option
from nostalgia.pipeline import STAGES
from nostalgia.types import StillReason

PAGE = Path(nostalgia.app.__file__).parent / "page"
LANGUAGES = sorted(path.stem for path in (PAGE / "words").glob("*.js"))
ENTRY = re.compile(r'"([\w .-]+)": "((?:[^"\\]|\\.)*)"')
OF_THE_LIBRARY = ("advice.", "driver.", "name.", "help.", "still.")
"""Keys whose English words the library itself has."""


def words(language: str) -> dict[str, str]:
    found = ENTRY.findall((PAGE / f"words/{language}.js").read_text("utf-8"))
    assert len(found) == len(dict(found)), "a key is there twice"
    return dict(found)


def test_there_are_three_languages() -> None:
    assert LANGUAGES == ["de", "en", "zh"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_every_word_with_its_places(language: str) -> None:
    english, own = words("en"), words(language)
    assert {key for key in english if key not in own} == set()
    strangers = {key for key in own if key not in english}
    assert {key for key in strangers if not key.startswith(OF_THE_LIBRARY)} == set()
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", own[key])) == set(re.findall(r"\{\w+\}", text)), key
    if language != "en":
        same = [key for key, text in english.items() if own[key] == text]
        assert len(same) < 5, f"not translated: {same}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_words_for_what_the_library_names(language: str) -> None:
    own = words(language)
    expected = [f"option.{control['name']}" for control in fine_controls()]
    expected += [f"stage.{stage}" for stage in STAGES]
    expected += [f"album.state.{state.value}" for state in State]
    expected += [f"still.{reason.value}" for reason in StillReason]
    if language != "en":
        expected += [f"help.{control['name']}" for control in fine_controls()]
        for entry in load_bank().entries.values():
            if not entry.from_user:
                expected += [f"driver.{entry.name}", f"name.{entry.name}"]
        kinds = re.search(r"AdviceKind = Literal\[(.*?)\]", _types(), re.DOTALL)
        assert kinds is not None
        expected += [f"advice.{kind}" for kind in re.findall(r'"([\w-]+)"', kinds[1])]
    assert [key for key in expected if key not in own] == []


def _types() -> str:
    import nostalgia.types

    return Path(nostalgia.types.__file__).read_text("utf-8")


def test_every_word_that_the_page_uses_exists() -> None:
    english = words("en")
    used = set(re.findall(r'data-word="([\w.]+)"', (PAGE / "index.html").read_text("utf-8")))
    for module in PAGE.glob("*.js"):
        used |= set(re.findall(r'\bt\("([\w.]+)"', module.read_text("utf-8")))
    assert len(used) > 80
    assert sorted(used - set(english)) == []


def test_every_module_is_fetched_at_once() -> None:
    """Without it, a browser finds out about them one after the other."""
    page = (PAGE / "index.html").read_text("utf-8")
    modules = {path.relative_to(PAGE).as_posix() for path in PAGE.rglob("*.js")}
    assert set(re.findall(r'(?:modulepreload" href|module" src)="([\w/.]+)"', page)) == modules


def test_the_page_asks_for_nothing_from_elsewhere() -> None:
    for path in PAGE.rglob("*"):
        if path.suffix in (".js", ".css", ".html", ".svg"):
            found = re.findall(r"https?://[^\s\"')]+", path.read_text("utf-8"))
            assert [url for url in found if not url.startswith("http://www.w3.org/")] == [], path
            assert "innerHTML" not in path.read_text("utf-8")


def test_errors_name_options_as_the_page_calls_them() -> None:
    changes = {"size": "uhd"}
    error = InputError("too large", Remedy(f"{option('size', 'uhd')} plays smoothly", changes))
    assert error_values(error) == {
        "kind": "InputError",
        "text": "too large; “Size” at for computers plays smoothly",
        "changes": changes,
    }
    assert (
        "“the performance of a face” (face 2: smile)"
        in (error_values(UsageError(option("face_drivers", {2: "smile"})))["text"])
    )


def test_messages_for_the_page_name_no_command_and_no_private_path() -> None:
    import tempfile

    doubt = "face 1 is possibly not a face (score 0.87): `nostalgia faces PHOTO` shows where it is"
    assert page_text(doubt) == "face 1 is possibly not a face (score 0.87)"
    assert page_text("no face 9; `nostalgia faces PHOTO` lists them") == "no face 9"
    assert page_text("`nostalgia faces PHOTO` shows where it is") == ""
    private = (
        Path(tempfile.gettempdir()) / "nostalgia-app-x" / "recordings" / "0a" / "recording.webm"
    )
    assert page_text(f"{private}: not a readable clip") == "recording.webm: not a readable clip"
    assert page_text(f"{'0af' * 10}00.mp4: ffmpeg failed") == "the clip: ffmpeg failed"


def test_a_restored_picture_advises_nothing_that_the_page_does_not_have() -> None:
    kept = f"face 1 was not restored: {option('enhance', 0.5)} changes less"
    small = f"1 face is less than 100 pixels high: {option('scale', 2)} gives its detail room"
    left = f"1 face was left as the photo shows it; {option('faces', [2])} restores it anyway"
    assert still_warnings((small, kept, left)) == [
        "face 1 was not restored: “Restore the faces” at 0.5 changes less"
    ]


def test_an_error_that_is_a_bug_is_said_in_a_sentence() -> None:
    values = error_values(ZeroDivisionError("division by zero"))
    assert values["kind"] == "bug" and "please report it" in values["text"]
    assert "\n" not in values["text"]
