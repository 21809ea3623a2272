"""The plugin center: switching, settings, failures, data; and deliveries that wait for a person."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from sqlalchemy import text

from core import create_app
from core.db import db
from tests.core.console_pages.visitor import Visitor
from tests.core.switches.conftest import ENTRY_POINTS, switches

__all__ = ["switches"]

CENTER = "/console/plugin-center"
DUMMY = f"{CENTER}/dummy"
_FAIL = text(
    "INSERT INTO plugin_failure (plugin, place, since, last_at, count, error, trace)"
    " VALUES ('dummy', 'hook:quote', now(), now(), 3, '<i>boom</i>', '')"
)
_EVENT = text(
    "INSERT INTO event (name, version, aggregate, payload, occurred_at)"
    " VALUES ('order.paid', 1, 'order:1', '{\"number\": \"N1\"}', now()) RETURNING id"
)
_DELIVERY = text(
    "INSERT INTO event_delivery (event_id, consumer, state, attempts, aggregate, due_at, last_error)"
    " VALUES (:event, 'dummy', :state, 8, 'order:1', now(), 'RuntimeError: boom')"
)


@pytest.fixture(scope="module")
def app(config):
    app = create_app(config, ENTRY_POINTS)
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def states(page: str) -> dict[str, str]:
    cards = re.findall(r'id="plugin-(\w+)">.*?<span class="tag [\w-]+">(.*?)</span>', page, re.DOTALL)
    return dict(cards)


def write(shop, statement, **values):
    with shop.bound():
        found = db.session.execute(statement, values)
        made = found.scalar() if found.returns_rows else None
        db.session.commit()
    return made


def stuck(shop, state="stuck"):
    event = write(shop, _EVENT)
    write(shop, _DELIVERY, event=event, state=state)
    return event


def delivered(shop):
    with shop.bound():
        return [tuple(row) for row in db.session.execute(text("SELECT event_id, state FROM event_delivery ORDER BY 1"))]


def test_center_shows_every_plugin_with_its_state(visitor):
    shown = states(visitor.get(CENTER))
    assert (shown["dummy"], shown["stale"]) == ("已关闭", "不兼容")
    assert len(visitor.statements) <= 15


def test_switch_goes_on_and_off_without_javascript(visitor):
    assert visitor.post(f"{DUMMY}/enable", page=CENTER).location == CENTER
    assert visitor.toasts() == ["已开启“记事”"]
    assert states(visitor.get(CENTER))["dummy"] == "已开启"
    visitor.post(f"{DUMMY}/disable", page=CENTER)
    assert visitor.toasts() == ["已关闭“记事”，数据仍然保留"]
    assert states(visitor.get(CENTER))["dummy"] == "已关闭"


def test_second_press_of_the_switch_is_the_first(visitor):
    page = visitor.get(CENTER)
    form = re.search(r'action="/console/plugin-center/dummy/enable".*?</form>', page, re.DOTALL)[0]
    fields = dict(re.findall(r'name="(csrf|once)" value="([^"]*)"', form))
    places = [visitor.open(f"{DUMMY}/enable", "POST", data=fields).location for _ in range(2)]
    assert places[0] == places[1]


def test_failing_to_switch_on_is_told_on_the_page(visitor):
    answer = visitor.post(f"{CENTER}/broken/enable", page=CENTER)
    assert (answer.status_code, answer.location) == (303, CENTER)
    assert visitor.toasts()[0].startswith("插件未能启用")
    assert "出错 1 次" in visitor.get(CENTER)


def test_settings_that_are_needed_come_first(visitor):
    answer = visitor.post(f"{CENTER}/asking/enable", page=CENTER)
    assert answer.location == f"{CENTER}/asking#settings"
    assert states(visitor.get(CENTER))["asking"] == "已关闭"


def test_failures_are_shown_escaped_and_cleared(visitor, shop):
    write(shop, _FAIL)
    page = visitor.get(DUMMY)
    assert ("&lt;i&gt;boom&lt;/i&gt;" in page, "3 次" in page) == (True, True)
    visitor.post(f"{DUMMY}/failures", page=DUMMY)
    assert "boom" not in visitor.get(DUMMY)


def test_data_is_exported_and_purged_by_its_name(visitor):
    visitor.post(f"{DUMMY}/enable", page=CENTER)
    assert "删除数据" not in visitor.get(DUMMY)
    archive = zipfile.ZipFile(io.BytesIO(visitor.open(f"{DUMMY}/export").data))
    assert "dummy_note.csv" in archive.namelist()
    visitor.post(f"{DUMMY}/disable", page=CENTER)
    wrong = visitor.post(f"{DUMMY}/purge", {"name": "dumy"})
    assert ("输入的名称与插件名称不一致" in wrong.text, 'value="dumy"' in wrong.text) == (True, True)
    assert visitor.post(f"{DUMMY}/purge", {"name": "dummy"}).location == CENTER
    assert "导出数据" not in visitor.get(DUMMY)


def test_data_of_a_plugin_that_is_on_is_not_purged(visitor):
    visitor.post(f"{DUMMY}/enable", page=CENTER)
    assert visitor.open(f"{DUMMY}/purge").status_code == 409


def test_unknown_plugin_is_not_found(visitor):
    assert visitor.open(f"{CENTER}/nobody").status_code == 404


def test_deliveries_are_tried_again_and_skipped(visitor, shop):
    first, second, third = stuck(shop), stuck(shop), stuck(shop, "parked")
    visitor.post(f"{DUMMY}/enable", page=CENTER)
    page = visitor.get("/console/deliveries")
    assert (page.count("RuntimeError: boom"), len(visitor.statements) <= 15) == (2, True)
    visitor.post(f"/console/deliveries/{first}/dummy/retry", page="/console/deliveries")
    visitor.post(f"/console/deliveries/{second}/dummy/skip", page="/console/deliveries")
    assert delivered(shop) == [(first, "pending"), (second, "skipped"), (third, "pending")]


def test_many_deliveries_are_handled_at_once(visitor, shop):
    events = [stuck(shop) for _ in range(3)]
    visitor.post(f"{DUMMY}/enable", page=CENTER)
    ids = [f"{event}.dummy" for event in events]
    visitor.post("/console/deliveries/retry", {"ids": ids[:2]}, page="/console/deliveries")
    assert visitor.toasts() == ["已重新排队 2 项"]
    visitor.post("/console/deliveries/skip", {"ids": [ids[2], "x", "9999999.dummy"]}, page="/console/deliveries")
    assert visitor.toasts()[0].startswith("请先选择")
    visitor.post("/console/deliveries/skip", {"ids": ids[2]}, page="/console/deliveries")
    assert [state for _, state in delivered(shop)] == ["pending", "pending", "skipped"]


def test_deliveries_are_filtered(visitor, shop):
    stuck(shop)
    assert "没有符合条件的内容" in visitor.get("/console/deliveries?state=parked&consumer=nobody")


def test_other_shop_sees_nothing_of_it(visitor, shop, other_shop):
    stuck(shop)
    other = Visitor(other_shop, other_shop.staff_token)
    assert "没有待处理的事件" in other.get("/console/deliveries")


def test_stranger_and_clerk_stay_outside(shop, visitor):
    assert Visitor(shop).open(CENTER).status_code == 303
    with shop.bound():
        db.session.execute(text("UPDATE staff SET role = 'clerk'"))
        db.session.commit()
    assert {visitor.open(path).status_code for path in (CENTER, DUMMY, "/console/deliveries")} == {403}


def test_settings_are_drawn_from_the_schema_and_kept(visitor, switches):
    good = {"greeting": "<b>欢迎</b>", "floor": "2.50", "rate": "1.5", "mood": "good", "api_key": "s3cret"}
    assert visitor.post(DUMMY, good).location == DUMMY
    page = visitor.get(DUMMY)
    assert ('value="&lt;b&gt;欢迎&lt;/b&gt;"' in page, 'value="2.50"' in page, "s3cret" in page) == (True, True, False)
    assert "已设置；留空则不变" in page
    visitor.post(DUMMY, good | {"api_key": "", "floor": "3"})
    form = switches.call("settings_form", "dummy")
    assert (form["values"]["floor"], form["secrets_set"]) == (300, {"api_key": True})


def test_wrong_setting_is_told_beside_its_field_and_stays_typed(visitor, switches):
    answer = visitor.post(DUMMY, {"greeting": "x" * 21, "floor": "很多", "rate": "1", "mood": "good"})
    assert (answer.status_code, "请填写金额，例如 12.80" in answer.text, 'value="很多"' in answer.text) == (200, True, True)
    assert switches.call("settings_form", "dummy")["values"]["floor"] == 100


def test_plugin_page_says_what_keeps_it_from_going_off(visitor, switches):
    visitor.post(f"{DUMMY}/enable", page=CENTER)
    visitor.post(f"{CENTER}/needy/enable", page=CENTER)
    visitor.post(f"{DUMMY}/disable", page=CENTER)
    assert visitor.toasts()[0].startswith("请先停用依赖它的插件")
