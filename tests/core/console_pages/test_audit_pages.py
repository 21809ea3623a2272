"""The audit log in words, filtered, paged, as a file that is safe to open."""

from __future__ import annotations

import pytest

from core.db import db
from core.staff import audit
from tests.core.console_http.acting import staff_token
from tests.core.console_pages.acting import staff_id
from tests.core.console_pages.visitor import Visitor


@pytest.fixture
def log(shop):
    """Three acts of three kinds, by two people and by nobody."""
    staff_token(shop, "clerk", "李秀英")
    clerk = staff_id(shop, "李秀英")
    with shop.bound():
        audit.record_as(clerk, "orders.adjust", "order:2026112200000011", payable_fen=3280, why="=1+1")
        audit.record_as(shop.staff_id, "staff.change", f"staff:{clerk}", names=["role"],
                        role={"before": "manager", "after": "clerk"})
        audit.record("settings.change", "settings", names=["auto_close_minutes"])
        db.session.commit()
    return shop


def told(visitor: Visitor, query: str = "") -> list[str]:
    """The acts on the page."""
    page = visitor.get(f"/console/audit{query}").partition("<tbody>")[2]
    names = ("改价", "修改员工账号", "修改店铺设置")
    return sorted((name for name in names if f">{name}<small" in page), key=lambda name: page.index(f">{name}<small"))


def test_lines_are_told_in_words_newest_first(log, visitor):
    page = visitor.get("/console/audit")
    assert len(visitor.statements) <= 15
    assert told(visitor) == ["修改店铺设置", "修改员工账号", "改价"]
    for words in ("角色：店长 → 店员", "应付：¥32.80", "系统自动", "订单 2026112200000011", "员工 李秀英"):
        assert words in page
    assert 'href="/console/orders/2026112200000011"' in page


@pytest.mark.parametrize(
    ("query", "acts"),
    [
        ("?kind=orders.", ["改价"]),
        ("?who=system", ["修改店铺设置"]),
        ("?who=1", ["修改员工账号"]),
        ("?q=2026112200000011", ["改价"]),
        ("?q=settings", ["修改店铺设置"]),
        ("?q=%27;--", []),
        ("?to=2000-01-01", []),
        ("?from=nonsense&kind=nonsense&who=nonsense", ["修改店铺设置", "修改员工账号", "改价"]),
    ],
)
def test_filters(log, visitor, query, acts):
    assert told(visitor, query) == acts


def test_pages_follow_each_other(shop, visitor):
    with shop.bound():
        for number in range(60):
            audit.record("orders.remark", f"order:{number:016d}")
        db.session.commit()
    first = visitor.get("/console/audit")
    following = first.partition('rel="next" href="')[2].partition('"')[0]
    second = visitor.get(following)
    assert (first.count("订单 0"), second.count("订单 0")) == (50, 10)


def test_file_is_filtered_like_the_page(log, visitor):
    assert 'href="/console/audit/export.xlsx?kind=orders.&amp;q=1"' in visitor.get("/console/audit?q=1&kind=orders.&x=y")


def test_file_has_what_was_found_and_no_formula(log, visitor):
    answer = visitor.open("/console/audit/export.csv?kind=orders.")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = answer.get_data().decode("utf-8-sig").splitlines()
    assert lines[0] == "时间,谁,做了什么,代码,对象,详情"
    assert lines[1].partition(",")[2] == "李秀英,改价,orders.adjust,订单 2026112200000011,原因：=1+1；应付：¥32.80"
    assert len(lines) == 2
    assert visitor.open("/console/audit/export.xlsx").get_data()[:2] == b"PK"


def test_what_people_typed_is_text(shop, visitor):
    with shop.bound():
        audit.record("orders.cancel", "order:<b>1</b>", reason="<script>alert(1)</script>", odd={"<i>": "<i>"})
        db.session.commit()
    page = visitor.get("/console/audit")
    assert "<script>alert" not in page and "<b>1" not in page and "<i>" not in page


def test_empty_log_says_what_will_stand_there(visitor):
    assert "还没有操作记录" in visitor.get("/console/audit")
