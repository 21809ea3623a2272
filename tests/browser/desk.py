"""Somebody at the console: logs in, goes to pages, looks whether they are well made."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from core.db import db
from core.staff.models import Staff
from tests.core.shops import PASSWORD, Shop

AXE = Path(__file__).parent / "vendor" / "axe.min.js"


class Desk:
    def __init__(self, page: Page, base: str, shop: Shop) -> None:
        self.page, self.base, self.shop = page, base, shop

    def log_in(self, staff_id: int | None = None, password: str = PASSWORD) -> None:
        """By the form, as the owner unless `staff_id` says who."""
        with self.shop.bound():
            phone = db.session.get(Staff, staff_id or self.shop.staff_id).phone
            db.session.rollback()
        self.go("/console/login")
        self.page.fill("[name=phone]", phone)
        self.page.fill("[name=password]", password)
        self.page.click("#form button")
        self.page.wait_for_url("**/console/**")

    def go(self, path: str) -> Any:
        return self.page.goto(self.base + path)

    def text(self) -> str:
        return self.page.inner_text("#main")

    def findings(self) -> list[str]:
        """What axe finds serious or critical, and whether the page is wider than the screen."""
        self.page.evaluate(_axe())
        found = self.page.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
            ".filter(v => ['serious', 'critical'].includes(v.impact))"
            ".flatMap(v => v.nodes.slice(0, 3).map(n => `${v.id}: ${n.html.slice(0, 160)}`))"
        )
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return found + ([f"{wide}px wider than the screen"] if wide > 0 else [])


@cache
def _axe() -> str:
    return AXE.read_text()
