"""What a server that dies and comes back looks like from the replay."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core.replay import http
from core.replay.http import Http, Refused, Trouble, Unreachable

OK = (200, {"ok": True})


class Handler(BaseHTTPRequestHandler):
    """Gives the answers of its server's list one by one; None hangs up."""

    def do_POST(self) -> None:
        self.server.seen.append((self.path, self.headers["Host"], self.headers["Authorization"]))
        answer = self.server.answers.pop(0)
        if answer is None:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        status, body = answer
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    found = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.seen, found.answers = [], []
    threading.Thread(target=found.serve_forever, args=(0.01,), daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


def address(server) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def test_call_says_whose_shop_it_means_and_who_calls(server):
    server.answers = [OK]
    assert Http(address(server), Trouble(), "demo.localhost").call("POST", "/x", {}, token="t") == {"ok": True}
    assert server.seen == [("/x", "demo.localhost", "Bearer t")]


@pytest.mark.parametrize(
    ("lost", "kind"),
    [((503, {}), "HTTP 503"), ((500, {}), "HTTP 500"), ((429, {}), "HTTP 429"), (None, "connection reset")],
)
def test_call_that_got_lost_is_sent_again_and_counted(server, lost, kind):
    server.answers = [lost, lost, OK]
    trouble = Trouble()
    assert Http(address(server), trouble).call("POST", "/x", {}) == {"ok": True}
    assert trouble.counts() == {kind: 2}


def test_call_that_was_refused_is_not_sent_again(server):
    server.answers = [(409, {"code": "illegal_move", "detail": "…", "state": "closed"})]
    with pytest.raises(Refused) as refused:
        Http(address(server), Trouble()).call("POST", "/x", {})
    assert (refused.value.status, refused.value.code, refused.value.body["state"]) == (409, "illegal_move", "closed")


def test_call_without_content_answers_none(server):
    server.answers = [(204, None)]
    assert Http(address(server), Trouble()).call("POST", "/x") is None


def test_call_to_a_server_that_stays_away_gives_up_after_the_patience(server, monkeypatch):
    server.server_close()
    monkeypatch.setattr(http, "PATIENCE_SECONDS", 0.3)
    trouble, began = Trouble(), time.monotonic()
    with pytest.raises(Unreachable):
        Http(address(server), trouble).call("POST", "/x", {})
    assert "connection refused" in trouble.counts()
    assert time.monotonic() - began < 5
