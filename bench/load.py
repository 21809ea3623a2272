"""A client that costs little: prepared bytes over kept-alive sockets, one thread per connection."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Load:
    """What a run did: answers, how many of them were not 2xx, wall seconds."""

    count: int
    failed: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.count / self.seconds


def request_bytes(method: str, path: str, host: str, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def drive(port: int, requests: Sequence[Sequence[bytes]]) -> Load:
    """Send each list of requests over a connection of its own, all at once."""
    start = perf_counter()
    with ThreadPoolExecutor(len(requests)) as pool:
        failed = sum(pool.map(lambda own: _connection(port, own), requests))
    return Load(sum(map(len, requests)), failed, perf_counter() - start)


def spread(connections: int, count: int, make: Callable[[int], bytes]) -> list[list[bytes]]:
    """`count` requests dealt out to `connections`."""
    return [[make(n) for n in range(first, count, connections)] for first in range(connections)]


def _connection(port: int, requests: Sequence[bytes]) -> int:
    failed = 0
    with socket.create_connection(("127.0.0.1", port), timeout=60) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            link.sendall(request)
            failed += not _answer_ok(link)
    return failed


def _answer_ok(link: socket.socket) -> bool:
    data = link.recv(65536)
    while b"\r\n\r\n" not in data:
        data += _more(link)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += _more(link)
    return head[9:10] == b"2"


def _more(link: socket.socket) -> bytes:
    data = link.recv(65536)
    if not data:
        raise ConnectionError("the server closed the connection")
    return data
