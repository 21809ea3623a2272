"""From the options of the command line to a play and its exit code."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import orjson

from core.replay.clients import Shoppers, Staff, Till, Wallet
from core.replay.http import Http, Refused, Trouble, Unreachable
from core.replay.reader import DataMissing, open_dataset
from core.replay.report import all_equal
from core.replay.runner import Cast, Figure, Replay
from core.replay.screen import Screen
from core.replay.wechat import ensure_app

ALWAYS_ONLINE = "week"
KEY_NAME = "重放"
KEY_SCOPES = ("catalog:read", "catalog:write", "stock:write", "members:write", "orders:write")


class NoSimulator(Exception):
    """Shoppers pay at the simulator, and nobody said where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to play, against which shop, as whom.

    `simulator_url` None: look in `data_dir`; `appid` None: the shop's first mini-program, made if there is none.
    `figures` are answers of the console to compare as well; with `analytics` the roll-ups are.
    """

    folder: Path
    tenant: str
    name: str
    online: bool
    base_url: str
    domain: str
    simulator_url: str | None
    data_dir: Path
    appid: str | None
    phone: str
    password: str = field(repr=False)
    api_key: str | None = field(repr=False)
    workers: int
    figures: tuple[Figure, ...] = ()
    analytics: bool = False


def play(options: Options, screen: Screen | None = None) -> int:
    """Play, print the table; 0 when every figure is equal and nothing failed, else 1."""
    screen = screen or Screen()
    trouble = Trouble()
    try:
        with _cast(options, trouble) as cast:
            data = open_dataset(options.folder, options.name)
            through_shoppers = options.online or options.name == ALWAYS_ONLINE
            replay = Replay(
                data, cast, screen, through_shoppers, options.workers, options.figures, options.analytics
            )
            rows = replay.run()
    except (DataMissing, NoSimulator, Refused, Unreachable) as error:
        screen.trouble(trouble.counts(), [(type(error).__name__, str(error))])
        return 1
    screen.trouble(trouble.counts(), replay.failures)
    screen.figures(rows)
    return 0 if all_equal(rows) and not replay.failures else 1


def read_figure(given: str) -> Figure:
    """`NAME=/PATH#MEMBER` as typed; raises click.BadParameter."""
    name, _, place = given.partition("=")
    path, _, member = place.partition("#")
    if not (name and path.startswith("/") and member):
        raise click.BadParameter(f"{given!r} 应写作 NAME=/PATH#MEMBER", param_hint="--figure")
    return Figure(name, path, member)


@contextmanager
def _cast(options: Options, trouble: Trouble) -> Iterator[Cast]:
    shop = Http(options.base_url, trouble, f"{options.tenant}.{options.domain}")
    staff = Staff(shop, options.phone, options.password)
    with _till_key(staff, options.api_key) as key:
        yield Cast(staff, Till(shop, key), lambda: Shoppers(shop, _wallet(options, staff, trouble)), trouble)


@contextmanager
def _till_key(staff: Staff, given: str | None) -> Iterator[str]:
    """The given key, or a new one for the time of the play (by name: a repeated request may have made two)."""
    if given:
        yield given
        return
    name = f"{KEY_NAME} {secrets.token_hex(4)}"
    key = staff.call("POST", "/api-keys", {"name": name, "scopes": list(KEY_SCOPES)})["key"]
    try:
        yield key
    finally:
        for made in staff.call("GET", "/api-keys")["items"]:
            if made["name"] == name:
                staff.call("DELETE", f"/api-keys/{made['id']}")


def _wallet(options: Options, staff: Staff, trouble: Trouble) -> Wallet:
    simulator = Http(options.simulator_url or simulator_of(options.data_dir), trouble)
    return Wallet(simulator, options.appid or ensure_app(staff, simulator))


def simulator_of(data_dir: Path) -> str:
    """Where the simulator of a running `jishi up` listens; raises NoSimulator."""
    path = data_dir / "ports.json"
    port = orjson.loads(path.read_bytes()).get("simulator") if path.is_file() else None
    if port is None:
        raise NoSimulator("请用 --simulator-url 指明微信模拟器的地址")
    return f"http://127.0.0.1:{port}"
