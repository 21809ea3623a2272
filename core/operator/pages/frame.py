"""The frame around the operator's pages: a dark menu, so that nobody takes the platform for a shop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, request

from core.operator.domain import OperatorFacts
from core.operator.pages.auth import current_operator
from core.ui.i18n import lazy_gettext as _l

HOME = "/platform/"


@dataclass(frozen=True, slots=True)
class Item:
    """A place in the menu; `tab`: also in the bar at the foot of a phone."""

    label: Any
    path: str
    icon: str
    tab: bool = False

    @property
    def active(self) -> bool:
        path = request.path
        return path == self.path if self.path == HOME else path == self.path or path.startswith(f"{self.path}/")


MENU = (
    Item(_l("平台概览"), HOME, "layout-dashboard", True),
    Item(_l("商户"), "/platform/tenants", "building-store", True),
    Item(_l("套餐"), "/platform/plans", "packages"),
    Item(_l("运行状况"), "/platform/health", "heartbeat", True),
    Item(_l("失败任务"), "/platform/jobs", "alert-triangle", True),
    Item(_l("运营账号"), "/platform/operators", "id-badge-2"),
    Item(_l("操作日志"), "/platform/log", "history", True),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """What the layout draws."""

    who: OperatorFacts

    @property
    def items(self) -> tuple[Item, ...]:
        return MENU

    @property
    def tabs(self) -> list[Item]:
        return [item for item in MENU if item.tab]


def register(app: Flask) -> None:
    app.jinja_env.globals["operator_frame"] = lambda: Frame(current_operator())
