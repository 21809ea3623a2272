"""Somebody at the console: logs in, goes to pages, looks whether they are well made."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from core.db import db
from core.scaffold.translations import CATALOGUES, catalogue
from core.staff.models import Staff
from tests.core.shops import PASSWORD, Shop

AXE = Path(__file__).parent / "vendor" / "axe.min.js"

_CHINESE_LEFT = """() => {
  const own = '[data-own], input, textarea, .brand, [lang]:not(html)';
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode, text = node.textContent.trim();
    if (/[\u4e00-\u9fff]/.test(text) && !node.parentElement.closest(own)) found.push(text.slice(0, 60));
  }
  return found;
}"""


class Desk:
    def __init__(self, page: Page, base: str, shop: Shop | None = None) -> None:
        self.page, self.base, self.shop = page, base, shop

    def log_in(self, staff_id: int | None = None) -> None:
        """By the form, as the test shop's owner unless `staff_id` says who."""
        with self.shop.bound():
            phone = db.session.get(Staff, staff_id or self.shop.staff_id).phone
            db.session.rollback()
        self.log_in_as(phone, PASSWORD)

    def log_in_as(self, phone: str, password: str) -> None:
        self.go("/console/login")
        self.page.fill("[name=phone]", phone)
        self.page.fill("[name=password]", password)
        self.page.click("#form button")
        self.page.wait_for_url("**/console/**")

    def log_in_as_operator(self, login: str, password: str) -> None:
        self.go("/platform/login")
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", password)
        self.page.click("#form button")
        self.page.wait_for_url("**/platform/**")

    def go(self, path: str) -> Any:
        return self.page.goto(self.base + path)

    def text(self) -> str:
        return self.page.inner_text("#main")

    def chinese_left(self) -> list[str]:
        """What an English page still says in Chinese of what we can say in English; the shop's own words are left out."""
        return sorted(set(self.page.evaluate(_CHINESE_LEFT)) & _ours())

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


_THEIRS = {"店主", "店长", "店员", "王女士", "全部商品", "货号", "名称", "规格", "单位", "售价", "箱"}
"""What people of the demo shop are called, the title of a block on its home page, the columns of its file, a unit."""


@cache
def _ours() -> set[str]:
    """Texts that have an English of their own."""
    found = (message for owner in CATALOGUES for message in catalogue(owner))
    return {str(message.id) for message in found if message.string != message.id} - _THEIRS


@cache
def _axe() -> str:
    return AXE.read_text()
