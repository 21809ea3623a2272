"""Which tenant this piece of work belongs to. Set once per request or job, read everywhere below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from tenants.errors import BadTenantKey, NoTenantBound, TenantMismatch

__all__ = ["NoTenantBound", "TenantMismatch", "TenantRef", "bind", "current", "current_or_none"]

_KEY = re.compile(r"[0-9a-z]{1,26}")


@dataclass(frozen=True, slots=True)
class TenantRef:
    """A tenant as the rest of the product knows it.

    `key` is opaque and never changes: it names the schema, the role, Redis keys and media folders. `slug` is
    what people read and may change. `plugins` are (name, state) of those that are not off, as the registry last saw
    them. Raises BadTenantKey for a key that could not stand in SQL unquoted.
    """

    id: int
    key: str
    slug: str
    name: str
    status: str
    settings_version: int = 0
    plugins: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        check_key(self.key)

    @property
    def schema(self) -> str:
        return f"t_{self.key}"

    @property
    def role(self) -> str:
        return f"r_t_{self.key}"


def check_key(key: str) -> str:
    """`key` itself when it is 1 to 26 characters of 0-9a-z, else BadTenantKey."""
    if not _KEY.fullmatch(key):
        raise BadTenantKey(f"租户标识不合法: {key!r}")
    return key


_current: ContextVar[TenantRef | None] = ContextVar("tenant", default=None)


def current() -> TenantRef:
    """The bound tenant; raises NoTenantBound outside `bind`."""
    ref = _current.get()
    if ref is None:
        raise NoTenantBound
    return ref


def current_or_none() -> TenantRef | None:
    """The bound tenant, or None outside `bind`."""
    return _current.get()


@contextmanager
def bind(ref: TenantRef) -> Iterator[TenantRef]:
    """Within the block all work belongs to `ref`.

    Binding the same tenant again is allowed; another one raises TenantMismatch: leave the first block before.
    """
    outer = _current.get()
    if outer is not None and outer.key != ref.key:
        raise TenantMismatch(f"已绑定租户 {outer.slug}，不能再绑定 {ref.slug}")
    token = _current.set(ref)
    try:
        yield ref
    finally:
        _current.reset(token)
