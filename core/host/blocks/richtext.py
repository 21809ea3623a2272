"""Rich text of plugins and merchants: what a shopper's client gets is rebuilt from a parse tree and an allow-list."""

from __future__ import annotations

import re

import nh3

_TAGS = {
    "p", "br", "hr", "strong", "b", "em", "i", "u", "s", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "table",
    "thead", "tbody", "tr", "th", "td", "img", "span", "div",
}  # fmt: skip
_ATTRIBUTES = {"img": {"src", "alt"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
_PICTURE = re.compile(r"(/[^/\\\s]|https://)\S+", re.ASCII)
_COUNT = re.compile(r"[1-9][0-9]?", re.ASCII)


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    wanted = {"src": _PICTURE, "colspan": _COUNT, "rowspan": _COUNT}.get(attribute)
    return value if wanted is None or wanted.fullmatch(value) else None


_cleaner = nh3.Cleaner(
    tags=_TAGS, attributes=_ATTRIBUTES, attribute_filter=_allowed, url_schemes={"https"}, link_rel=None
)


def clean(html: str) -> str:
    """`html` without what is not on the list: no scripts, styles, classes, links, frames, foreign markup, comments."""
    return _cleaner.clean(html)
