"""Downloads from a real local server that breaks off, refuses, or is not there."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from layers.fetch import FetchError, fetch, with_origin

CONTENT = bytes(range(256)) * 4000


class Handler(BaseHTTPRequestHandler):
    """Serves CONTENT with ranges; ``/flaky`` breaks off in the middle of whole answers."""

    def do_GET(self) -> None:
        if "missing" in self.path:
            self.send_error(404)
            return
        start = int(self.headers.get("Range", "bytes=0-")[6:-1])
        self.server.starts.append(start)
        body = CONTENT[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if "flaky" in self.path and not start else body)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def mirror():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.starts = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def address(mirror, path):
    return f"http://127.0.0.1:{mirror.server_port}/{path}"


def test_a_file_is_fetched_with_its_hash(mirror, tmp_path):
    seen = []
    found = fetch(
        address(mirror, "a/24322.csv"),
        tmp_path,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert found.path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    facts = json.loads((tmp_path / "24322.csv.json").read_text())
    assert facts["sha256"] == hashlib.sha256(CONTENT).hexdigest()


def test_an_interrupted_download_is_resumed(mirror, tmp_path):
    found = fetch(address(mirror, "flaky.csv"), tmp_path, pause=0)
    assert found.path.read_bytes() == CONTENT
    assert mirror.starts == [0, len(CONTENT) // 2]


def test_a_part_left_by_a_former_run_is_continued(mirror, tmp_path):
    (tmp_path / "b.csv.part").write_bytes(CONTENT[:1000])
    assert fetch(address(mirror, "b.csv"), tmp_path).path.read_bytes() == CONTENT
    assert mirror.starts == [1000]


def test_a_missing_file_is_said_at_once(mirror, tmp_path):
    with pytest.raises(FetchError, match="404"):
        fetch(address(mirror, "missing.csv"), tmp_path, pause=0)
    assert not (tmp_path / "missing.csv").exists()


def test_without_a_network_the_address_and_the_place_are_given(tmp_path):
    with pytest.raises(FetchError) as caught:
        fetch("http://127.0.0.1:9/x.csv", tmp_path, pause=0)
    assert "http://127.0.0.1:9/x.csv" in str(caught.value)
    assert str(tmp_path / "x.csv") in str(caught.value)


def test_a_mirror_keeps_the_paths():
    original = "https://files.example/geo-dvf/latest/24322.csv"
    assert (
        with_origin(original, "http://127.0.0.1:8/m")
        == "http://127.0.0.1:8/m/geo-dvf/latest/24322.csv"
    )
    assert with_origin(original, None) == original
