"""A simulator, a shop that talks to it through the wechatpayv3 SDK, and a server that receives its notifies."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sim_shop import open_shop

from simulator.testing import running


@dataclass
class Received:
    path: str
    headers: dict
    body: bytes


@dataclass
class Receiver:
    """Answers 204 unless ``statuses`` holds something to answer first."""

    url: str
    requests: list[Received] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def at(self, path: str) -> list[Received]:
        return [request for request in self.requests if request.path == path]


@pytest.fixture(scope="session")
def receiving():
    receiver = Receiver("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.requests.append(Received(self.path, dict(self.headers), body))
            status = receiver.statuses.pop(0) if receiver.statuses else 204
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{receiver.url}/elsewhere")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield receiver
    server.shutdown()
    server.server_close()


@pytest.fixture
def receiver(receiving):
    receiving.requests.clear()
    receiving.statuses.clear()
    return receiving


@pytest.fixture(scope="session")
def simulating():
    with running() as sim:
        yield sim


@pytest.fixture
def sim(simulating):
    simulating.post("reset")
    return simulating


@pytest.fixture(scope="session")
def profiles(simulating):
    """With new keys, whatever merchants earlier tests made: a known one's private key is told only once."""
    return {
        "direct": simulating.provision("wx00000000000000a1", mchid="1600000001", name="集市一号店", replace=True),
        "other": simulating.provision("wx00000000000000b2", mchid="1600000002", name="别家", replace=True),
        "partner": simulating.provision(
            "wx00000000000000c3", mode="partner", sub_mchid="1800000003", replace=True
        ),
    }


@pytest.fixture
def shop(sim, profiles, receiver):
    return open_shop(sim, profiles["direct"], f"{receiver.url}/pay/one")


@pytest.fixture
def other(sim, profiles, receiver):
    return open_shop(sim, profiles["other"], f"{receiver.url}/pay/two")


@pytest.fixture
def partner(sim, profiles, receiver):
    return open_shop(sim, profiles["partner"], f"{receiver.url}/pay/sub")
