"""Downloads resume, are verified and appear whole; no other module uses a network."""

import ast
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

import nostalgia
from nostalgia.app.serving import ADDRESS
from nostalgia.errors import CheckpointError
from nostalgia.weights import download
from nostalgia.weights import store as checkpoint_store
from nostalgia.weights.manifest import manifest_row
from tests.weights_server import CONTENT, PAGE, WeightsServer, give, say, serving, write_manifest

HALF = len(CONTENT) // 2


@pytest.fixture
def server() -> Iterator[WeightsServer]:
    with serving() as state:
        yield state


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NOSTALGIA_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("NOSTALGIA_CHECKPOINT_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "store"


@pytest.fixture
def pull(server: WeightsServer, store: Path) -> Callable[..., list[str]]:
    """Downloads from the given responses, tried in turn; returns the remarks."""

    def pull_from(*answers: object, progress: download.Progress | None = None, **row: object):
        for number, answer in enumerate(answers):
            server.answers[f"/{number}"] = answer
        urls = [server.url(f"/{number}") for number in range(len(answers))]
        write_manifest(store.with_name("checkpoints"), *urls, **row)
        remarks: list[str] = []
        path = download.pull(manifest_row("some-weights"), progress, remarks.append)
        assert path.read_bytes() == CONTENT
        assert not partial(store).exists()
        return remarks

    return pull_from


def partial(store: Path) -> Path:
    return store / ".some.pth.tar.partial"


def named_files(store: Path) -> list[str]:
    return [path.name for path in store.iterdir() if not path.name.startswith(".")]


@pytest.mark.parametrize("length", [True, False], ids=["length", "no-length"])
def test_a_file_arrives_whole_and_its_progress_is_reported(pull, store, length: bool) -> None:
    seen: list[tuple[int, int | None]] = []
    assert pull(give(length=length), progress=lambda *numbers: seen.append(numbers)) == []
    assert seen[0] == (0, len(CONTENT)) or seen[0][0] > 0
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert named_files(store) == ["some.pth.tar"]


def test_a_cut_connection_resumes(pull, server: WeightsServer) -> None:
    assert pull(give(cut_after=HALF)) == []
    assert server.asked == [("/0", None), ("/0", f"bytes={HALF}-")]


def test_a_later_call_resumes_an_earlier_one_that_was_stopped(pull, server, store) -> None:
    def stop(done: int, total: int | None) -> None:
        if done >= HALF:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(give(), progress=stop)
    here = partial(store).stat().st_size
    assert HALF <= here < len(CONTENT)
    assert named_files(store) == []
    pull(give())
    assert server.asked[-1] == ("/0", f"bytes={here}-")


def test_a_server_without_ranges_starts_again(pull, server, store) -> None:
    store.mkdir()
    partial(store).write_bytes(CONTENT[:HALF])
    assert pull(give(ranges=False)) == []
    assert server.asked == [("/0", f"bytes={HALF}-")]


def test_the_beginning_of_another_file_is_discarded(pull, server, store) -> None:
    store.mkdir()
    partial(store).write_bytes(b"x" * HALF)
    assert pull(give()) == []
    assert server.asked == [("/0", f"bytes={HALF}-"), ("/0", None)]


@pytest.mark.parametrize("size", [True, False], ids=["size", "no-size"])
def test_a_complete_partial_file_is_not_downloaded_again(pull, server, store, size: bool) -> None:
    store.mkdir()
    partial(store).write_bytes(CONTENT)
    assert pull(give(), size=size) == []
    assert server.asked == ([] if size else [("/0", f"bytes={len(CONTENT)}-")])


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (say(404), "answers 404 Not Found"),
        (say(503), "answers 503"),
        (give(PAGE, kind="text/html; charset=utf-8"), "sent a web page"),
        (give(PAGE + bytes(len(CONTENT) - len(PAGE))), "sent a web page"),
        (give(CONTENT[:-1]), "offers 699999 bytes instead of 700000"),
        (give(CONTENT[:-1] + b"x"), "serves a different file: its SHA-256 begins with"),
        (say(302, Location="ftp://127.0.0.1/some"), "redirects to an address that is not https"),
        (say(302, Location="http://example.org/some"), "redirects to an address that is not https"),
        (say(302, Location="file:///etc/passwd"), "'file:///etc/passwd' is not allowed"),
        (say(302, Location="https://drive.google.com/x"), "leads to a page for browsers"),
        (say(302, Location="https://[/some"), "cannot be reached"),
        (lambda request: request.wfile.write(b"HTTP/1.1 404 \x1b[2J\r\n\r\n"), r"404 \x1b[2J"),
        (give(cut_after=0), "disconnected after 0 kB of 700 kB"),
        (lambda request: None, "cannot be reached"),
    ],
)
def test_the_next_address_is_tried(pull, server, first, words: str) -> None:
    (remark,) = pull(first, give())
    assert remark.startswith(server.url("/0")) and words in remark


def test_an_address_that_redirects_to_itself_is_given_up(pull, server) -> None:
    (remark,) = pull(lambda request: say(302, Location=server.url("/0"))(request), give())
    assert "infinite loop" in remark and "\n" not in remark


def test_a_redirection_on_this_machine_is_followed(pull, server) -> None:
    server.answers["/there"] = give()
    assert pull(say(302, Location=server.url("/there"))) == []


def test_a_page_for_browsers_is_not_requested(store) -> None:
    urls = ["https://drive.google.com/drive/folders/1", "https://yadi.sk/d/1"]
    write_manifest(store.with_name("checkpoints"), *urls)
    with pytest.raises(CheckpointError) as raised:
        download.pull(manifest_row("some-weights"))
    assert "drive.google.com is a page for browsers; yadi.sk is a" in str(raised.value)
    assert "or download some.pth.tar with a browser and run `nostalgia checkpoints import" in str(
        raised.value
    )


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://x.org/a", "http://x.org/a", "data:,a"]
)
def test_other_addresses_are_never_opened(store, url: str) -> None:
    write_manifest(store.with_name("checkpoints"), url)
    with pytest.raises(CheckpointError, match="is not an https address"):
        download.pull(manifest_row("some-weights"))
    assert not download.is_allowed(url)


def test_the_network_may_not_lead_back_to_this_machine() -> None:
    assert download.is_allowed("http://localhost:1/x")
    assert not download.is_allowed("http://localhost:1/x", came_from="https://example.org/x")
    assert download.is_allowed("https://example.com/x", came_from="https://example.org/x")


def test_a_connection_that_keeps_breaking_leaves_the_beginning_of_the_file(pull, store) -> None:
    with pytest.raises(CheckpointError) as raised:
        pull(give(CONTENT[:HALF] + PAGE, length=False), size=False)  # never whole, never right
    assert "serves a different file" in str(raised.value)
    assert named_files(store) == []

    def once(request: object) -> None:
        give(cut_after=0 if request.headers.get("Range") else HALF)(request)

    with pytest.raises(CheckpointError) as raised:
        pull(once)
    assert "350 kB are downloaded; another attempt resumes from there" in str(raised.value)
    assert partial(store).read_bytes() == CONTENT[:HALF]
    assert named_files(store) == []


def test_a_wrong_hash_leaves_nothing(pull, store) -> None:
    with pytest.raises(CheckpointError, match="serves a different file: its SHA-256 begins with"):
        pull(give(b"x" * len(CONTENT)))
    assert named_files(store) == [] and not partial(store).exists()


def test_an_md5_alone_is_checked_too(pull, store) -> None:
    with pytest.raises(CheckpointError, match="MD5 begins with"):
        pull(give(), hash_line=f'md5 = "{"0" * 32}"')


def test_a_folder_that_cannot_be_written_is_an_error(pull, store) -> None:
    store.write_text("a file where the folder should be")
    with pytest.raises(CheckpointError, match="NOSTALGIA_CHECKPOINT_STORE"):
        pull(give())


def test_a_disk_without_room_is_an_error_before_it_is_full(pull, monkeypatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(CheckpointError, match="the disk has no room for the remaining 700 kB"):
        pull(give())


def test_two_processes_do_not_write_into_the_same_file(pull, store) -> None:
    store.mkdir()
    with FileLock(store / ".some.pth.tar.lock"):
        with pytest.raises(
            CheckpointError, match="another nostalgia process is downloading some-weights"
        ):
            pull(give())


def test_a_pulled_file_replaces_one_that_the_user_had_accepted(pull, store) -> None:
    store.mkdir()
    (store / "some.pth.tar").write_bytes(b"other")
    checkpoint_store.note_path(store / "some.pth.tar").write_text("0" * 64)
    pull(give())
    assert named_files(store) == ["some.pth.tar"]
    assert checkpoint_store.verify(manifest_row("some-weights"))


NETWORK = {
    "aiohttp", "asyncio", "ftplib", "http", "httpx", "poplib", "requests", "smtplib", "socket",
    "socketserver", "ssl", "telnetlib", "urllib3", "xmlrpc",
}  # fmt: skip
DOWNLOADERS = ("load_url", "load_state_dict_from_url", "download_url_to_file", "urlretrieve")
"""Functions of torch and others that use the network."""
CALLS_OUT = re.compile(r"\.connect\(|create_connection|open_connection|urlopen|getaddrinfo")
PACKAGE = Path(nostalgia.__file__).parent


def imported_anywhere(module: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def uses_the_network(module: Path) -> bool:
    names = imported_anywhere(module)
    if any(word in module.read_text(encoding="utf-8") for word in DOWNLOADERS):
        return True
    return bool({name.partition(".")[0] for name in names} & NETWORK) or any(
        name.startswith(("urllib.request", "urllib.error")) for name in names
    )


def test_no_other_module_can_reach_a_network() -> None:
    users = {
        module.relative_to(PACKAGE).as_posix()
        for module in PACKAGE.rglob("*.py")
        if uses_the_network(module)
    }
    page = {name for name in users if name.startswith("app/")}
    assert users - page == {"weights/download.py"}
    # The page of `nostalgia app` is asked by this computer's browser; it asks nobody itself.
    for name in page:
        text = (PACKAGE / name).read_text(encoding="utf-8")
        assert not CALLS_OUT.search(text), name
        calls = imported_anywhere(PACKAGE / name)
        assert not calls & {"ssl", "http.client", "urllib.request"}, name
    assert ADDRESS == "127.0.0.1"


def test_only_the_command_pull_downloads() -> None:
    users = {
        module.relative_to(PACKAGE).as_posix()
        for module in PACKAGE.rglob("*.py")
        if "nostalgia.weights.download" in imported_anywhere(module)
    }
    assert users == {"cli/checkpoints.py"}
