"""A client that costs little: raw sockets, kept alive; one request at a time or from wrk."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass
class Answer:
    """Status, headers (lower case), body and milliseconds of one answer."""

    status: int
    headers: dict[str, str]
    body: bytes
    ms: float


class Connection:
    """One kept-alive connection to a server."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname in ("127.0.0.1", "localhost"), "benchmarks stay on this machine"
        self._host = f"{parts.hostname}:{parts.port}"
        self._address = (parts.hostname, parts.port)
        self._open()

    def _open(self) -> None:
        self._socket = socket.create_connection(self._address, timeout=120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def get(self, path: str, accept: str = "*/*") -> Answer:
        """Return the answer to GET, timed from the first byte sent to the last received."""
        head = f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\nAccept: {accept}\r\n\r\n"
        return self._answer(head.encode())

    def post(self, path: str, body: bytes, media_type: str = "application/json") -> Answer:
        """Return the answer to POST, timed like GET."""
        head = f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: {media_type}\r\n"
        return self._answer(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def _answer(self, head: bytes) -> Answer:
        start = time.perf_counter()
        self._socket.sendall(head)
        status, headers = self._head()
        body = self._body(headers)
        ms = (time.perf_counter() - start) * 1e3
        if headers.get("connection", "").lower() == "close":
            self._socket.close()
            self._open()
        return Answer(status, headers, body, ms)

    def _fill(self) -> None:
        piece = self._socket.recv(1 << 20)
        if not piece:
            raise ConnectionError("the server closed the connection")
        self._buffer += piece

    def _head(self) -> tuple[int, dict[str, str]]:
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        pairs = (line.split(":", 1) for line in lines[1:])
        return int(lines[0].split()[1]), {k.lower(): v.strip() for k, v in pairs}

    def _body(self, headers: dict[str, str]) -> bytes:
        if "content-length" in headers:
            return self._take(int(headers["content-length"]))
        if headers.get("transfer-encoding") != "chunked":
            return b""
        pieces = []
        while size := int(self._line(), 16):
            pieces.append(self._take(size))
            self._line()
        self._line()
        return b"".join(pieces)

    def _take(self, size: int) -> bytes:
        pieces, missing = [self._buffer[:size]], size - len(self._buffer)
        self._buffer = self._buffer[size:]
        while missing > 0:
            piece = self._socket.recv(min(missing, 1 << 20))
            if not piece:
                raise ConnectionError("the server closed the connection")
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            self._fill()
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line


def requests_per_second(url: str, connections: int, seconds: int) -> float | None:
    """Return what wrk measures for one address, None where wrk is not installed."""
    program = shutil.which("wrk")
    if program is None:
        return None
    command = [program, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", url]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    return float(found[1]) if found else None
