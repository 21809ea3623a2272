"""The shop's settings as a page."""

from __future__ import annotations

import re

import pytest

from core.settings.service import shop_settings
from tests.core.console_http.acting import actions, staff_token
from tests.core.console_pages.visitor import Visitor

PATH = "/console/settings"
TYPED = {
    "pay_minutes": "45", "complete_days": "7", "low_stock_at": "5", "service_phone": "0319-1", "message_ready": "",
    "privacy_version": "2026-01", "privacy_text": "我们只为完成您的订单收集必要的信息，您可以随时查看、导出或删除。",
}  # fmt: skip


def test_settings_are_saved_and_shown(visitor, shop):
    assert visitor.post(PATH, TYPED | {"version": "0"}).status_code == 303
    page = visitor.get(PATH)
    assert re.search(r'name="pay_minutes" value="45"', page)
    with shop.bound():
        assert (shop_settings()["pay_minutes"], shop_settings()["service_phone"]) == (45, "0319-1")
    assert actions(shop) == ["settings.change"]


@pytest.mark.parametrize(
    ("field", "value"), [("pay_minutes", "0"), ("pay_minutes", "半小时"), ("privacy_version", "x" * 40)]
)
def test_wrong_value_is_kept_with_its_error(visitor, shop, field, value):
    answer = visitor.post(PATH, TYPED | {field: value, "service_phone": '"><b>'})
    assert answer.status_code == 200
    assert f'id="f-{field}-error"' in answer.text
    assert 'value="&#34;&gt;&lt;b&gt;"' in answer.text
    with shop.bound():
        assert shop_settings()["service_phone"] == ""


def test_second_editor_is_told_who_was_faster(visitor):
    assert visitor.post(PATH, TYPED | {"version": "0"}).status_code == 303
    late = visitor.post(PATH, TYPED | {"pay_minutes": "60", "version": "0"})
    assert late.status_code == 200
    assert re.search(r"刚刚被 店长 在 \d\d:\d\d 修改，请核对后再保存", late.text)
    assert re.search(r"<b>未付款自动关闭</b>：<span[^>]*>45<", late.text)
    assert 'name="pay_minutes" value="60"' in late.text
    assert visitor.post(PATH, TYPED | {"pay_minutes": "60", "version": "1"}).status_code == 303


def test_settings_are_for_who_may(shop):
    manager = Visitor(shop, staff_token(shop, "manager"))
    assert manager.open(PATH).status_code == 403


def test_few_statements(visitor):
    visitor.get(PATH)
    assert len(visitor.statements) <= 15
