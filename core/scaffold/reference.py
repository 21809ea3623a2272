"""`docs/plugins/reference.md`: everything a plugin may use, written from docstrings, fields and signatures."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from importlib import import_module
from typing import Any

import core.plugin as api
from core.host.policies import POLICIES, Kind, Policy, Sql
from core.plugin import pages, ports
from core.scaffold.fixtures import fixtures
from core.scaffold.surface import hooks

HEAD = """# Reference

Everything a plugin may import, for API {version}. This page is written by `python -m core.scaffold.documents` from the
docstrings of the source; a test fails when it is stale. Blocks and actions have [a page of their own](blocks.md), what a
failure leads to stands in [failures.md](failures.md).

Money is `int` fen and called `…_fen`, quantities are `Decimal`, instants aware `datetime` in UTC. Whatever a hook is given
is a frozen snapshot.
"""
DATABASE = {Sql.NONE: "none", Sql.READ: "read, in a savepoint that is rolled back", Sql.WRITE: "write"}
FAILURE = {
    Kind.DISPLAY: "left out",
    Kind.PRICE: "the quote is incomplete, checkout answers 409",
    Kind.ASKED: "counts as the answer: a blocker, or tried again",
    Kind.WRITE: "what the caller was about is rolled back",
}
PORTS = (ports.Shop, ports.OrderHolds, ports.Buyers, ports.Skus, ports.Notices)
GROUPS = (
    ("Manifest", ("Plugin", "Permission", "Job")),
    ("Context", ("Context", "Channel")),
    ("Prices", ("Lane", "Cart", "CartLine", "Adjustment", "Problem")),
    ("Checkout", ("OrderFacts", "PriceStep", "Claim", "Refused", "NotYet")),
    ("Products and orders", ("ProductRef", "Offer", "OrderRef", "Panel")),
    ("The console", ("Card", "NavItem", "Column", "FormSection")),
    ("Pages", ("Slot", "Block", "Page", "Reply", "BlockKind")),
    ("Facts about people and goods", ("BuyerFacts", "StaffFacts", "SkuFacts")),
)
COLUMNS = """
`session` is the current tenant's session. Column types: `Id`, `Str`, `Fen`, `Qty`, `Moment`, `Json`, `Strs`, `Bigints`.
"""
WEB = (
    "Blueprint", "buyer_required", "current_buyer", "requires", "current_staff", "context", "audit", "problems_documented",
)  # fmt: skip
FIELDS = """
Fields of schemas: `Text(longest, shortest=1)`, `Fen`, `IdField`, `Moment`, `Quantity`. `COMMON` are the statuses that any
guarded view may answer; `integer`, `encode_cursor` and `MAX_LIMIT` are for lists that come in pages.
"""
KIT = ("Form", "Listing", "Column", "Cell", "Row", "Filter", "Action", "Empty", "Chart", "Series")
PARTS = """
`gettext` and `lazy_gettext` translate, `flash`, `abort`, `url_for`, `request` and `Response` are Flask's. The page
`/console/components` of a running shop shows every part; in templates they are macros of `ui`: `heading`, `card`, `listing`,
`form`, `chart`, `figure`, `facts`, `note`, `badge`, `button`, `empty`, `progress`.
"""
EVENTS = """
What `handlers` of the manifest may handle, after commit: `handler(ctx, session, event)`, in a transaction of its own, tried
again (eight times) until it returns. Two events of one order arrive in order.
"""
HOOKS = """
Functions marked with `@hookimpl` in the module that the manifest calls `hooks`. Take only the arguments that you need.
"""


def render() -> str:
    """The page."""
    parts = (
        [HEAD.format(version=api.API_VERSION)],
        _hooks(),
        _events(),
        ["## Types"],
        (line for title, names in GROUPS for line in _group(title, names)),
        ["## `shop()`: what a plugin may ask of the core and do to it"],
        (line for port in PORTS for line in _type(port.__name__, port)),
        _functions("`core.plugin.data`: tables", "core.plugin.data", ("tables", "core_ref", "own_ref")),
        [COLUMNS],
        _functions("`core.plugin.web`: routes", "core.plugin.web", WEB),
        [FIELDS],
        _functions("`core.plugin.pages`: pages of the console", "core.plugin.pages", ("Pages", "render", "done")),
        [PARTS],
        (line for name in KIT for line in _type(name, getattr(pages, name))),
        ["## `core.plugin.testing`: fixtures of pytest"],
        _table(("fixture", "what it is"), ((f"`{name}`", _line(text)) for name, text in fixtures().items())),
    )
    return "\n\n".join(text.strip() for part in parts for text in part) + "\n"


def _hooks() -> Iterator[str]:
    yield "## Hooks"
    yield HOOKS
    for name, hook in hooks().items():
        signature = inspect.signature(hook)
        yield f"### `{name}({', '.join(signature.parameters)})` → `{signature.return_annotation}`"
        yield _paragraphs(hook)
        yield _policy(POLICIES[name])


def _policy(policy: Policy) -> str:
    closing = "not called" if policy.offers else "called"
    return f"*Database:* {DATABASE[policy.sql]}. *When it fails:* {FAILURE[policy.kind]}. *While closing:* {closing}."


def _events() -> Iterator[str]:
    yield "## Events"
    yield EVENTS
    for cls in _event_classes():
        yield f"### `{cls.__name__}`: `{cls.name}`, version {cls.version}"
        yield _paragraphs(cls)
        yield from _fields(cls)


def _event_classes() -> list[Any]:
    found = (getattr(api, name) for name in api.__all__)
    events = (cls for cls in found if isinstance(cls, type) and issubclass(cls, api.DomainEvent))
    return [cls for cls in events if cls is not api.DomainEvent]


def _group(title: str, names: Iterable[str]) -> Iterator[str]:
    yield f"### {title}"
    for name in names:
        yield from _type(name, getattr(api, name))


def _type(name: str, cls: Any) -> Iterator[str]:
    yield f"#### `{name}`"
    yield _paragraphs(cls)
    if issubclass(cls, Enum):
        yield ", ".join(f"`{member.name}`" for member in cls)
    elif is_dataclass(cls):
        yield from _fields(cls)
    yield from _methods(cls)


def _fields(cls: Any) -> Iterator[str]:
    rows = ((f"`{field.name}`", f"`{field.type}`".replace("|", "\\|")) for field in fields(cls))
    yield from _table(("field", "type"), rows)


def _methods(cls: Any) -> Iterator[str]:
    for name, method in vars(cls).items():
        if not name.startswith("_") and inspect.isfunction(method):
            yield f"* `{name}({_arguments(method)})`: {_line(method.__doc__ or '')}"


def _functions(title: str, module: str, names: Iterable[str]) -> Iterator[str]:
    yield f"## {title}"
    for name in names:
        function = getattr(import_module(module), name)
        yield f"* `{name}({_arguments(function)})`: {_line(function.__doc__ or '')}"


def _arguments(function: Any) -> str:
    return ", ".join(name for name in inspect.signature(function).parameters if name != "self")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    return ["\n".join(f"| {' | '.join(row)} |" for row in lines)]


def _paragraphs(thing: Any) -> str:
    """The docstring, one line per paragraph."""
    return "\n\n".join(_line(paragraph) for paragraph in (inspect.getdoc(thing) or "").split("\n\n"))


def _line(text: str) -> str:
    return " ".join(text.split())
