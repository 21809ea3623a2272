"""Plans (套餐): what a tenant may use. Their rows, who has which, and the limits in force.

`limits` holds numbers under `orders_month`, `stores`, `staff`, `plugins`, and under `plugin_names` the plugins that may
be switched on; whatever is absent has no limit, and a tenant without a plan has none at all. Functions work in the
caller's transaction on the platform's connection.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from tenants.errors import NameTaken, TenantError, UnknownTenant

NUMBERS = {"orders_month": "每月订单", "stores": "门店", "staff": "员工账号", "plugins": "启用的插件"}
NAMES = "plugin_names"
CONTACT = "contact"
MOST = 1_000_000_000

_CODE = re.compile(r"[a-z][a-z0-9-]{0,31}")
_PLUGIN = re.compile(r"[a-z][a-z0-9_]{0,31}")


class PlanInvalid(TenantError):
    code = "plan_invalid"
    status = 422
    message = "套餐内容有误"


class PlanNotFound(TenantError):
    code = "plan_not_found"
    status = 404
    message = "没有找到这个套餐"


class PlanInUse(TenantError):
    code = "plan_in_use"
    status = 409
    message = "仍有商户使用这个套餐，请先为他们更换套餐"


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan and the number of tenants that have it."""

    id: int
    code: str
    name: str
    limits: Mapping[str, Any]
    tenants: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for one tenant now; `contact` is where to ask for more, empty when the operator has not said."""

    plan: str = ""
    limits: Mapping[str, Any] = field(default_factory=dict)
    contact: str = ""

    def most(self, name: str) -> int | None:
        """The limit called `name`, None for none."""
        return self.limits.get(name)


_SELECT = """
    SELECT p.id, p.code, p.name, p.limits, (SELECT count(*) FROM platform.tenant t WHERE t.plan_id = p.id) AS tenants
    FROM platform.plan p
"""
_PAGE = text(f"{_SELECT} WHERE p.code > :after ORDER BY p.code LIMIT :limit")
_ONE = text(f"{_SELECT} WHERE p.id = :id")
_CREATE = text(
    "INSERT INTO platform.plan (code, name, limits) VALUES (:code, :name, :limits)"
    " ON CONFLICT (code) DO NOTHING RETURNING id"
).bindparams(bindparam("limits", type_=JSONB))
_CHANGE = text(
    """
    WITH noticed AS (
        UPDATE platform.tenant SET settings_version = settings_version + 1 WHERE plan_id = :id
    )
    UPDATE platform.plan SET name = :name, limits = :limits WHERE id = :id RETURNING id
    """
).bindparams(bindparam("limits", type_=JSONB))
_DELETE = text(
    "DELETE FROM platform.plan p WHERE p.id = :id"
    " AND NOT EXISTS (SELECT 1 FROM platform.tenant t WHERE t.plan_id = p.id) RETURNING id"
)
_ASSIGN = text(
    "UPDATE platform.tenant SET plan_id = :plan, settings_version = settings_version + 1 WHERE id = :id RETURNING id"
)
_TERMS = text(
    """
    SELECT coalesce(p.name, ''), coalesce(p.limits, '{}'),
           coalesce((SELECT s.value ->> 'text' FROM platform.platform_setting s WHERE s.name = 'contact'), '')
    FROM platform.tenant t LEFT JOIN platform.plan p ON p.id = t.plan_id WHERE t.id = :id
    """
)
_CONTACT = text("SELECT value ->> 'text' FROM platform.platform_setting WHERE name = :name")
_SET_CONTACT = text(
    "INSERT INTO platform.platform_setting (name, value) VALUES (:name, jsonb_build_object('text', CAST(:text AS text)))"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


def everything(connection: Connection, after: str = "", limit: int = 500) -> Sequence[PlanRow]:
    """Plans by code, behind the code `after`."""
    return [PlanRow(*row) for row in connection.execute(_PAGE, {"after": after, "limit": limit})]


def find(connection: Connection, plan_id: int) -> PlanRow:
    """Raises PlanNotFound."""
    row = connection.execute(_ONE, {"id": plan_id}).first()
    if row is None:
        raise PlanNotFound
    return PlanRow(*row)


def create(connection: Connection, code: str, name: str, limits: Mapping[str, Any]) -> PlanRow:
    """A new plan; raises PlanInvalid, NameTaken."""
    if not _CODE.fullmatch(code):
        raise PlanInvalid("套餐代码为 1 到 32 位小写字母、数字或连字符，以字母开头", field="code")
    values = {"code": code, "name": _checked_name(name), "limits": checked(limits)}
    plan_id = connection.execute(_CREATE, values).scalar()
    if plan_id is None:
        raise NameTaken(f"套餐代码 {code} 已被使用", field="code")
    return find(connection, plan_id)


def change(connection: Connection, plan_id: int, name: str, limits: Mapping[str, Any]) -> PlanRow:
    """Replace name and limits; its tenants' registry entries change with it. Raises PlanInvalid, PlanNotFound."""
    values = {"id": plan_id, "name": _checked_name(name), "limits": checked(limits)}
    if connection.execute(_CHANGE, values).first() is None:
        raise PlanNotFound
    return find(connection, plan_id)


def delete(connection: Connection, plan_id: int) -> None:
    """Raises PlanNotFound, PlanInUse."""
    if connection.execute(_DELETE, {"id": plan_id}).first() is None:
        find(connection, plan_id)
        raise PlanInUse


def assign(connection: Connection, tenant_id: int, plan_id: int | None) -> None:
    """Give a tenant a plan, or none; raises PlanNotFound, UnknownTenant."""
    if plan_id is not None:
        find(connection, plan_id)
    if connection.execute(_ASSIGN, {"id": tenant_id, "plan": plan_id}).first() is None:
        raise UnknownTenant


def terms(connection: Connection, tenant_id: int) -> Terms:
    """What holds for a tenant now, in one statement; raises UnknownTenant."""
    row = connection.execute(_TERMS, {"id": tenant_id}).first()
    if row is None:
        raise UnknownTenant
    return Terms(*row)


def contact(connection: Connection) -> str:
    """What `set_contact` left; empty when nobody has said."""
    return connection.execute(_CONTACT, {"name": CONTACT}).scalar() or ""


def set_contact(connection: Connection, words: str) -> None:
    """Where a merchant asks for a bigger plan: a telephone number, a sentence."""
    connection.execute(_SET_CONTACT, {"name": CONTACT, "text": words.strip()})


def checked(limits: Mapping[str, Any]) -> dict[str, Any]:
    """`limits` without the absent ones; raises PlanInvalid for an unknown name or a value that is no limit."""
    found = {name: value for name, value in limits.items() if value is not None}
    for name, value in found.items():
        if name == NAMES:
            _check_names(value)
        elif name not in NUMBERS:
            raise PlanInvalid(f"没有名为“{name}”的限额", field=name)
        elif type(value) is not int or not 0 <= value <= MOST:
            raise PlanInvalid(f"“{NUMBERS[name]}”的限额应为 0 到 {MOST} 的整数", field=name)
    return found


def _check_names(value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(name, str) and _PLUGIN.fullmatch(name) for name in value):
        raise PlanInvalid("可用插件应为插件名称的列表", field=NAMES)


def _checked_name(name: str) -> str:
    words = name.strip()
    if not 1 <= len(words) <= 32 or not words.isprintable():
        raise PlanInvalid("套餐名称为 1 到 32 个字", field="name")
    return words
