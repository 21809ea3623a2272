"""How these tests look at pages of orders, and change orders behind their back."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from sqlalchemy import text

from core.db import db
from tests.core.shops import Shop


def change(shop: Shop, statement: str, **values: Any) -> None:
    with shop.bound():
        db.session.execute(text(statement), values)
        db.session.commit()


def plain(html: str) -> str:
    """The words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def section(html: str, id_: str) -> str:
    """The words of a card."""
    return plain(html[html.index(f'id="{id_}"') :].split("</section>")[0].partition(">")[2])


def numbers(html: str) -> list[str]:
    """The orders of a list."""
    return re.findall(r'class="row-link" href="/console/orders/([0-9]{16})"', html)
