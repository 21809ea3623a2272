"""``python -m simulator --port N``: the simulator as a process of its own."""

import argparse
import ipaddress
import logging
import signal
import socket
import sys
from pathlib import Path

from simulator.app import create_app
from simulator.server import Server
from simulator.state import State


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM. Exit code 2: asked to leave this machine without --allow-remote; 1: port taken."""
    options = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    if not options.allow_remote and not is_loopback(options.host):
        print(f"refusing to listen on {options.host}: not loopback; pass --allow-remote to insist", file=sys.stderr)
        return 2
    state = State(options.state_dir, options.seed)
    try:
        server = Server(options.host, options.port, create_app(state))
    except OSError as error:
        print(f"cannot listen on {options.host}:{options.port}: {error.strerror}", file=sys.stderr)
        state.close()
        return 1
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    print(f"simulator listening on {server.url}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0
    finally:
        server.server_close()
        state.close()


def _stop(number, frame):
    # A second signal would interrupt the closing of the state.
    for other in (signal.SIGTERM, signal.SIGINT):
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("simulator", description="WeChat pay v3 and api.weixin.qq.com on this machine")
    parser.add_argument("--port", type=int, default=8001, help="0 picks a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state-dir", type=Path, help="keep state here; without it everything is forgotten at exit")
    parser.add_argument("--seed", default="1", help="identifiers repeat for the same seed")
    parser.add_argument("--allow-remote", action="store_true", help="allow an address other than loopback")
    return parser


def is_loopback(host: str) -> bool:
    """Whether every address of a host is on this machine."""
    try:
        found = socket.getaddrinfo(host, None)
    except socket.gaierror:
        return False
    return all(ipaddress.ip_address(entry[4][0].split("%")[0]).is_loopback for entry in found)


if __name__ == "__main__":
    sys.exit(main())
