"""Stores in the console: cards, the form, who was faster, whose store it is, removing."""

from __future__ import annotations

import re

from sqlalchemy import text

from core.clock import shop_time
from core.db import db
from core.staff.models import StaffStore
from core.stores.models import Store
from tests.core.console_http.acting import another_store, one, staff_token
from tests.core.console_pages.visitor import Visitor

STORE = {
    "code": "XT09", "name": "桥东店", "phone": "0319-0000009", "district_code": "130502", "address": "新华北路9号",
    "longitude": "114.5", "latitude": "37.07", "opens_at": "08:00", "closes_at": "21:00", "pickup": "1", "delivery": "1",
    "active": "1", "prepare_minutes": "30", "slot_minutes": "60", "slot_capacity": "",
    "zones.0.max_distance_m": "3000", "zones.0.min_amount_fen": "20", "zones.0.fee_fen": "5", "zones.0.free_from_fen": "",
}  # fmt: skip
VERSION = re.compile(r'name="version" value="(\d*)"')


def without_code(**changes):
    return {name: value for name, value in STORE.items() if name != "code"} | changes


def test_new_store_is_shown_as_a_card(visitor, shop):
    answer = visitor.post("/console/stores/new", STORE)
    assert (answer.status_code, answer.location) == (303, "/console/stores")
    page = visitor.get("/console/stores")
    assert "门店“桥东店”已建好" in page
    assert "3 公里内 · 满 ¥20.00 起送 · 配送费 ¥5.00" in page
    assert "邢台市 襄都区 新华北路9号" in " ".join(page.split())


def test_wrong_fields_keep_what_was_typed(visitor, shop):
    answer = visitor.post("/console/stores/new", STORE | {"closes_at": "07:00", "name": "桥<东>店"})
    assert answer.status_code == 200
    assert 'value="桥&lt;东&gt;店"' in answer.text
    assert re.search(r'id="f-closes_at-error">打烊时间应晚于开门时间<', answer.text)
    taken = visitor.post("/console/stores/new", STORE | {"code": "XT01"})
    assert re.search(r'id="f-code-error">门店编码 XT01 已被使用<', taken.text)
    assert one(shop, "SELECT count(*) FROM store") == 1


def test_spare_row_of_zones_is_nothing(visitor, shop):
    spare = {"zones.1.max_distance_m": "", "zones.1.min_amount_fen": "0.00", "zones.1.fee_fen": "0.00"}
    assert visitor.post("/console/stores/new", STORE | spare).status_code == 303
    count = "SELECT count(*) FROM delivery_zone z JOIN store s ON s.id = z.store_id WHERE s.code = 'XT09'"
    assert one(shop, count) == 1
    wrong = visitor.post("/console/stores/new", STORE | {"code": "XT10", "zones.1.fee_fen": "3.00"})
    assert 'id="f-zones-1-max_distance_m-error"' in wrong.text


def test_double_submit_opens_one_store(visitor, shop):
    page = visitor.get("/console/stores/new")
    hidden = dict(re.findall(r'<input type="hidden" name="(csrf|once)" value="([^"]*)">', page))
    for _ in range(2):
        assert visitor.open("/console/stores/new", "POST", data={**hidden, **STORE}).location == "/console/stores"
    assert one(shop, "SELECT count(*) FROM store") == 2


def test_stale_edit_tells_who_and_saves_when_sent_again(visitor, shop):
    path = f"/console/stores/{shop.store_id}"
    version = VERSION.search(visitor.get(path))[1]
    colleague = Visitor(shop, staff_token(shop, "manager", name="小李"))
    assert colleague.post(path, without_code(name="先到店", version=version)).status_code == 303
    at = one(shop, "SELECT at FROM audit_log ORDER BY id DESC LIMIT 1")
    late = visitor.post(path, without_code(name="后到店", version=version))
    assert late.status_code == 200
    assert f"刚刚被 小李 在 {shop_time(at):%H:%M} 修改，请核对后再保存" in late.text
    assert re.search(r"<b>门店名称</b>：<span[^>]*>先到店<", late.text)
    assert 'value="后到店"' in late.text
    again = visitor.post(path, without_code(name="后到店", version=VERSION.search(late.text)[1]))
    assert again.status_code == 303
    assert one(shop, "SELECT name FROM store") == "后到店"


def test_manager_of_one_store_sees_and_edits_that_one_only(shop):
    other = another_store(shop)
    manager = Visitor(shop, staff_token(shop, "manager", stores=(other,)))
    page = manager.get("/console/stores")
    assert ("桥西店" in page, f"store-{shop.store_id}" in page, "/console/stores/new" in page) == (True, False, False)
    assert manager.open(f"/console/stores/{shop.store_id}").status_code == 403
    assert manager.open("/console/stores/new").status_code == 403
    sent = manager.post(f"/console/stores/{shop.store_id}", without_code(), page=f"/console/stores/{other}")
    assert sent.status_code == 403
    removed = manager.post(f"/console/stores/{shop.store_id}/remove", page=f"/console/stores/{other}")
    assert removed.status_code == 403


def test_clerk_reads_cards_without_buttons(shop):
    clerk = Visitor(shop, staff_token(shop, "clerk"))
    assert f"/console/stores/{shop.store_id}" not in clerk.get("/console/stores")
    assert clerk.open(f"/console/stores/{shop.store_id}").status_code == 403


def test_unknown_store_is_404(visitor):
    assert visitor.open("/console/stores/987654").status_code == 404


def test_name_of_a_store_is_text(visitor, shop):
    with shop.bound():
        db.session.get(Store, shop.store_id).name = "<script>alert(1)</script>"
        db.session.commit()
    assert "<script>alert(1)" not in visitor.get("/console/stores")
    assert "<script>alert(1)" not in visitor.get(f"/console/stores/{shop.store_id}")


def test_store_stays_while_somebody_works_there_alone(visitor, shop):
    made = another_store(shop)
    with shop.bound():
        db.session.execute(text("DELETE FROM stock WHERE store_id = :id"), {"id": made})
        db.session.commit()
    staff_token(shop, "clerk", name="小王", stores=(made,))
    path = f"/console/stores/{made}"
    assert visitor.post(f"{path}/remove", page=path).status_code == 303
    told = "还有员工只负责这家门店（小王），请先把他们调到其他门店，再删除"
    assert told in visitor.get(path)
    with shop.bound():
        who = db.session.execute(text("SELECT id FROM staff WHERE name = '小王'")).scalar_one()
        db.session.add(StaffStore(staff_id=who, store_id=shop.store_id))
        db.session.commit()
    assert visitor.post(f"{path}/remove", page=path).location == "/console/stores"
    assert one(shop, "SELECT count(*) FROM store") == 1
    assert one(shop, "SELECT store_id FROM staff_store") == shop.store_id


def test_statements_do_not_grow_with_stores(visitor, shop):
    visitor.get("/console/stores")
    before = len(visitor.statements)
    for number in range(5):
        another_store(shop, f"XT1{number}")
    visitor.get("/console/stores")
    assert len(visitor.statements) == before <= 15
