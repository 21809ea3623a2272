"""A list of rows: search, filters, order, pages by key, actions on several rows, export. The template only draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import request

from core.ui.i18n import told

_PAGE = "cursor"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place: `text` (or an amount, a moment, as the column's kind says), perhaps a link, a second
    line, a picture, a tone (`success`, `warning`, `danger`, `brand`, `muted`) that makes it a badge."""

    text: Any = ""
    href: str = ""
    sub: Any = ""
    picture: str | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """`kind`: text, money, quantity, number, moment, percent, picture. `sort` is the key that orders by this column,
    the most first where `falling`.

    `phone` is False for what a narrow screen leaves out; `wide` columns get what room is left.
    """

    key: str
    label: str
    kind: str = "text"
    sort: str = ""
    phone: bool = True
    wide: bool = False
    falling: bool = False

    @property
    def is_number(self) -> bool:
        return self.kind in {"money", "quantity", "number", "percent"}


@dataclass(frozen=True, slots=True)
class Row:
    """`cells` by column key; values that are no Cell are taken as its text. `id` is what bulk actions send."""

    cells: Mapping[str, Any]
    id: Any = ""
    href: str = ""
    actions: Sequence[Action] = ()

    def cell(self, key: str) -> Cell:
        value = self.cells.get(key, "")
        return value if isinstance(value, Cell) else Cell(value)


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice in the address (`?state=paid`); `tabs` draws it as tabs with counts, otherwise it is a select or a date."""

    name: str
    label: str
    choices: Sequence[tuple[str, str]] = ()
    kind: str = "select"
    counts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> str:
        return request.args.get(self.name, "")


@dataclass(frozen=True, slots=True)
class Action:
    """A button: `href` leads somewhere, with `post` it does something there. `confirm` asks first.

    As a bulk action it sends the chosen rows as `ids`. `dialog` opens the form behind a link over the page.
    """

    label: str
    href: str
    icon: str = ""
    post: bool = False
    confirm: str = ""
    tone: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    value: str = ""
    dialog: bool = False


@dataclass(frozen=True, slots=True)
class Empty:
    """What is said where there are no rows, and what to do about it."""

    title: str = "还没有内容"
    text: str = ""
    icon: str = "inbox"
    action: Action | None = None


@dataclass
class Listing:
    """One page of rows. `next` and `previous` are cursors (None at the ends), `search` the hint in the search box."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    next: str | None = None
    previous: str | None = None
    search: str = ""
    filters: Sequence[Filter] = ()
    bulk: Sequence[Action] = ()
    exports: Sequence[Action] = ()
    empty: Empty = field(default_factory=Empty)
    totals: Mapping[str, Any] = field(default_factory=dict)
    id: str = "listing"

    @property
    def is_filtered(self) -> bool:
        return bool(request.args.get("q")) or any(choice.value for choice in self.filters)

    @property
    def tabs(self) -> Sequence[Filter]:
        return [choice for choice in self.filters if choice.kind == "tabs"]

    @property
    def fields(self) -> Sequence[Filter]:
        return [choice for choice in self.filters if choice.kind != "tabs"]

    @property
    def kept(self) -> dict[str, str]:
        """What the form of the filters sends along: whatever else the address says."""
        own = {_PAGE, "q", *(choice.name for choice in self.fields)}
        return {key: value for key, value in request.args.items() if key not in own and value}

    def page(self, **changes: str | None) -> str:
        """This address with some arguments changed; any change but of the page begins at the first page."""
        arguments = {key: value for key, value in request.args.items() if key != _PAGE and value}
        arguments |= changes
        query = urlencode({key: value for key, value in arguments.items() if value})
        return f"{request.path}?{query}" if query else request.path

    def order(self, column: Column) -> tuple[str, str]:
        """(address that orders by the column, `ascending`, `descending` or `` as it is ordered now)."""
        now, up, down = request.args.get("sort", ""), column.sort, f"-{column.sort}"
        if now == up:
            return self.page(sort=down), "ascending"
        if now == down:
            return self.page(sort=up), "descending"
        return self.page(sort=down if column.falling else up), ""


def plugin_columns(found: Sequence[Mapping[str, Any]]) -> list[Column]:
    """Columns of plugins, as `core.console.api.columns.columns` answers them, behind the core's own."""
    return [Column(f"{one['plugin']}.{one['key']}", told(one["label"]), phone=False) for one in found]


def plugin_cells(found: Sequence[Mapping[str, Any]], row_id: int) -> dict[str, str]:
    """Their cells of one row."""
    return {f"{one['plugin']}.{one['key']}": one["values"].get(str(row_id), "") for one in found}
