"""Requests that do not come from the page are refused, whatever they ask."""

import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="the extra app is not installed")

from served_app import Served, served  # noqa: E402

from nostalgia.app.access import Access  # noqa: E402
from nostalgia.cli.demo import portrait_png  # noqa: E402

pytestmark = pytest.mark.slow
GIB = 1 << 30


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("temporary")) as running:
        yield running


def raw(server: Served, text: str, body: bytes = b"") -> bytes:
    """The first bytes of a reply to bytes that no client library would send."""
    host, port = server.host.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(text.replace("\n", "\r\n").encode() + body)
        return connection.recv(4096)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_server_listens_on_this_computer_alone(server: Served) -> None:
    port = int(server.host.split(":")[1])
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    listening = [line.split()[1] for line in lines if line.split()[3] == "0A"]
    assert [place for place in listening if place.endswith(f":{port:04X}")] == [
        f"0100007F:{port:04X}"
    ]


@pytest.mark.parametrize(
    "host", ["localhost:{port}", "127.0.0.1", "evil.example:{port}", "127.0.0.1.evil.example", ""]
)
@pytest.mark.parametrize("path", ["/", "/api/about", "/api/enter", "/page.css"])
def test_another_name_of_the_host_is_refused(server: Served, host: str, path: str) -> None:
    host = host.format(port=server.host.split(":")[1])
    assert server.request("GET", path, headers=server.own(Host=host))[0] == 421


def test_two_names_of_the_host_are_refused(server: Served) -> None:
    reply = raw(server, f"GET / HTTP/1.1\nHost: {server.host}\nHost: {server.host}\n\n")
    assert b" 400 " in reply[:20] or b" 421 " in reply[:20]


@pytest.mark.parametrize(
    "origin", ["null", "http://evil.example", "http://localhost:1", "http://127.0.0.1", ""]
)
def test_another_origin_is_refused(server: Served, origin: str) -> None:
    for method, path in (("GET", "/api/about"), ("POST", "/api/enter"), ("PUT", "/api/photos")):
        status, _, headers = server.request(method, path, b"{}", server.own(Origin=origin))
        assert status == 403
        assert not [name for name in headers if name.startswith("access-control")]


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_other_sites_get_neither_calls_nor_pictures(server: Served, site: str) -> None:
    view = server.wait(server.add(portrait_png()), "ready")["picture"]
    for path in ("/api/about", "/api/changes", f"/media/{view}"):
        headers = server.own(**{"Sec-Fetch-Site": site})
        assert server.request("GET", path, headers=headers)[0] == 403
    assert server.request("GET", f"/media/{view}")[0] == 200


def test_a_preflight_is_not_answered(server: Served) -> None:
    headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "PUT"}
    status, _, answered = server.request("OPTIONS", "/api/photos", headers=headers)
    assert status == 405
    assert not [name for name in answered if name.startswith("access-control")]


@pytest.mark.parametrize("token", ["", "x", "0" * 22, "\xff"])
def test_every_call_needs_the_token(server: Served, token: str) -> None:
    for method, path in (
        *(("GET", "/api/about"), ("GET", "/api/changes"), ("PUT", "/api/photos")),
        *(("DELETE", f"/api/photos/{'0' * 32}"), ("POST", f"/api/clips/{'0' * 32}/cancel")),
    ):
        assert server.request(method, path, headers={"X-Nostalgia-Token": token})[0] == 401


def test_a_code_is_taken_once(server: Served) -> None:
    for code in (server.code, "", "guess", None, ["list"], {"a": 1}):
        status, values, _ = server.post("/api/enter", {"code": code})
        assert (status, values["error"]["kind"]) == (403, "code")


def test_new_codes_work_once_and_old_ones_expire() -> None:
    access = Access()
    first, second = access.new_code(), access.new_code()
    token = access.exchange(second)
    assert token is not None and access.is_token(token)
    assert access.exchange(second) is None
    assert access.exchange(first) == token
    codes = [access.new_code() for _ in range(100)]
    assert access.exchange(codes[0]) is None
    assert access.exchange(codes[-1]) == token


@pytest.mark.parametrize("path", ["/", "/api/about", "/api/nothing", "/media/x", "/words/de.js"])
def test_every_reply_has_the_safety_headers(server: Served, path: str) -> None:
    _, _, headers = server.request("GET", path, headers=server.own())
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "set-cookie" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/../server.py",
        "/%2e%2e/server.py",
        "/..%2fserver.py",
        "/%2e%2e%2f%2e%2e%2fpyproject.toml",
        "//etc/passwd",
        "/..\\server.py",
        "/media/..%2f..%2fetc%2fpasswd",
        "/media/" + "0" * 32,
        "/words/%00",
    ],
)
def test_no_path_leads_out_of_the_page(server: Served, path: str) -> None:
    assert server.request("GET", path, headers=server.own())[0] in (400, 404)


@pytest.mark.parametrize("length", [str(2 * GIB), str(10**30)])
def test_an_upload_of_two_gigabytes_is_refused_before_it_is_read(
    server: Served, length: str
) -> None:
    reply = raw(
        server,
        f"PUT /api/photos HTTP/1.1\nHost: {server.host}\nX-Nostalgia-Token: {server.token}\n"
        f"Content-Length: {length}\n\n",
        b"x" * 1000,
    )
    assert b" 413 " in reply[:20] or b" 400 " in reply[:20]


def test_bodies_that_are_no_json_objects_are_refused(server: Served) -> None:
    photo = server.add(portrait_png())
    path = f"/api/photos/{photo}/clips"
    json_type = {"Content-Type": "application/json"}
    for body in (b"", b"[1]", b"{", b"[" * 60_000, b'"' + b"x" * 70_000 + b'"'):
        status, values, _ = server.request("POST", path, body, server.own(**json_type))
        assert status in (400, 413), body[:20]
        assert "Traceback" not in str(values)
    assert server.request("POST", path, b"{}", server.own())[0] == 415


@pytest.mark.parametrize(
    "options",
    [
        {"driver": "/etc/passwd"},
        {"driver": "../../secret.mp4"},
        {"face_drivers": {"1": "C:\\clip.mp4"}},
        {"audio": "/etc/passwd"},
        {"checkpoint": "/etc/passwd"},
        {"motion": "os:system"},
        {"motion_options": {"a": "b"}},
        {"format": "exe"},
        {"size": "huge"},
        {"turn": 1e300},
        {"turn": "x"},
        {"faces": {"a": 1}},
        {"faces": [10**40]},
        {"face_strengths": {"x": 1}},
        {"face_strengths": [1]},
        {"driver": "recording:" + "0" * 32},
        {"no_such_option": 1},
    ],
)
def test_the_page_names_no_path_and_no_expert_option(server: Served, options: object) -> None:
    photo = server.add(portrait_png())
    server.wait(photo, "ready")
    values = {"look": "clip", "options": options}
    status, answered, _ = server.post(f"/api/photos/{photo}/clips", values)
    if status == 201:  # refused by the pipeline itself
        assert server.wait(answered["id"], "failed")["error"]["kind"] != "bug"
    else:
        assert status == 400 and answered["error"]["text"]
    assert not [item for item in server.items().values() if item.get("state") == "done"]


@pytest.mark.parametrize("edge", ["NaN", "1e999", "-1e999", "Infinity"])
def test_a_box_of_no_numbers_is_refused(server: Served, edge: str) -> None:
    """Python writes and reads them as JSON, browsers do not: the page could show nothing more."""
    photo = server.add(portrait_png())
    headers = server.own(**{"Content-Type": "application/json"})
    body = f'{{"box": [{edge}, 0, 1, 1]}}'
    assert server.request("POST", f"/api/photos/{photo}/box", body, headers)[0] == 400
    assert server.items()[photo]["box"] is None


def test_fifty_requests_at_once_are_all_answered(server: Served) -> None:
    portrait, answers = portrait_png(), []

    def ask(number: int) -> None:
        if number % 5:
            answers.append(server.request("GET", "/api/about", headers=server.own())[0])
        else:
            answers.append(server.request("PUT", "/api/photos", portrait, server.own())[0])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(answers) == [200] * 40 + [201] * 10
    server.until(lambda items: all(item.get("state") == "ready" for item in items.values()
                                   if item["kind"] == "photo"))  # fmt: skip
