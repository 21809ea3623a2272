"""Members: found without showing phones, labelled in numbers, written about, and forgotten on request."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.analytics.service import rebuild
from core.buyers import labels
from core.clock import now
from core.db import db
from tests.core.console_http.acting import actions, another_store, one, order, staff_token
from tests.core.console_http.test_pickup import make_ready, verify
from tests.core.console_pages.visitor import Visitor

MEMBERS = "/console/members"
EVIL = "<script>alert(1)</script>"


def run(shop, statement, **values):
    with shop.bound():
        result = db.session.execute(text(statement), values)
        found = result.scalar() if result.returns_rows else None
        db.session.commit()
    return found


@pytest.fixture
def people(shop):
    """M1 王小明, M2 王芳, M3 =李雷; their ids by number."""
    add = (
        "INSERT INTO buyer (member_no, name, phone, joined_at, created_at) VALUES (:no, :name, :phone, :at, :at)"
        " RETURNING id"
    )
    rows = (("M1", "王小明", "19900000001"), ("M2", "王芳", "19900000002"), ("M3", "=李雷", "19911110003"))
    return {
        no: run(shop, add, no=no, name=name, phone=phone, at=now() + timedelta(minutes=n))
        for n, (no, name, phone) in enumerate(rows, 1)
    }


def names(page):
    return re.findall(r'class="row-link"[^>]*>\s*([^<\s]+)', page)


def test_list_finds_people_and_never_shows_a_phone(visitor, people):
    page = visitor.get(MEMBERS)
    assert names(page)[:3] == ["=李雷", "王芳", "王小明"]
    assert "199****0001" in page and "19900000001" not in page
    assert names(visitor.get(f"{MEMBERS}?q=王")) == ["王芳", "王小明"]
    assert names(visitor.get(f"{MEMBERS}?q=0003")) == ["=李雷"]
    assert names(visitor.get(f"{MEMBERS}?q=M2")) == ["王芳"]
    assert names(visitor.get(f"{MEMBERS}?kind=members&sort=joined"))[0] == "王小明"
    assert "没有符合条件的内容" in visitor.get(f"{MEMBERS}?q=%00%ff")
    assert visitor.open(f"{MEMBERS}?cursor=x").status_code == 422


def test_list_with_more_people_takes_no_more_statements(visitor, shop):
    visitor.get(MEMBERS)
    few = len(visitor.statements)
    run(shop, "INSERT INTO buyer (member_no, created_at) SELECT 'N' || n, now() FROM generate_series(1, 40) n")
    assert len(names(visitor.get(MEMBERS))) == 30
    assert len(visitor.statements) == few <= 15


def test_phone_is_shown_to_who_may_edit_and_that_is_noted(visitor, shop, people):
    place = f"{MEMBERS}/{people['M1']}"
    assert "19900000001" not in visitor.get(place)
    answer = visitor.post(f"{place}/phone", page=place)
    assert answer.status_code == 200 and "19900000001" in answer.text
    assert actions(shop) == ["members.phone"]
    assert visitor.open(f"{place}/phone").location == place
    looker = Visitor(shop, limited(shop))
    page = looker.get(place)
    assert "199****0001" in page and "显示" not in page and "19900000001" not in page
    assert looker.post(f"{place}/phone", page=MEMBERS).status_code == 403
    assert actions(shop) == ["members.phone"]


def limited(shop):
    """The token of a manager who may look at members but not change them."""
    token = staff_token(shop, "manager", "小看")
    run(shop, "UPDATE staff SET permissions_removed = ARRAY['members.edit'] WHERE name = '小看'")
    return token


def test_clerks_and_other_shops_see_nobody(shop, other_shop, people):
    clerk = Visitor(shop, staff_token(shop, "clerk"))
    assert clerk.open(MEMBERS).status_code == 403
    stranger = Visitor(other_shop, other_shop.staff_token)
    assert stranger.open(f"{MEMBERS}/{people['M3'] + 1000}").status_code == 404
    assert stranger.open(f"{MEMBERS}/x").status_code == 404


def test_profile_counts_the_stores_in_view_only(visitor, shop):
    make_ready(shop, order(shop, ("RICE", "2")))
    run(shop, "INSERT INTO buyer_touch (buyer_id, scene, at) VALUES (:id, '1047', now())", id=shop.buyer_id)
    place = f"{MEMBERS}/{shop.buyer_id}"
    page = visitor.get(place)
    assert "¥66.00" in page and "扫描小程序码" in page and "隐私政策" in page
    assert len(visitor.statements) <= 15
    elsewhere = Visitor(shop, staff_token(shop, "manager", stores=(another_store(shop),)))
    assert "¥66.00" not in elsewhere.get(place) and "还没有订单" in elsewhere.get(place)
    assert "¥66.00" not in elsewhere.get(MEMBERS)


def test_many_get_a_label_at_once(visitor, shop, people):
    ids = [str(people["M1"]), str(people["M2"])]
    asked = visitor.post(f"{MEMBERS}/tag", {"ids": ids}, page=MEMBERS)
    assert asked.status_code == 200 and "给 2 位会员打标签" in asked.text and "请改正" not in asked.text
    form = {"ids": ids, "todo": "add", "who": "chosen", "label": ""}
    nothing = visitor.post(f"{MEMBERS}/tag", {**form, "name": ""}, page=MEMBERS)
    assert "请选择标签，或填写新标签的名称" in nothing.text and nothing.text.count('name="ids"') == 2
    done = visitor.post(f"{MEMBERS}/tag", {**form, "name": "常客"}, page=MEMBERS)
    assert (done.status_code, done.location) == (303, MEMBERS)
    assert visitor.toasts() == ["已给 2 位会员打上标签"]
    label = one(shop, "SELECT id FROM buyer_tag")
    assert names(visitor.get(f"{MEMBERS}?tag={label}")) == ["王芳", "王小明"]
    visitor.post(f"{MEMBERS}/tag", {**form, "ids": ids[:1], "todo": "remove", "label": str(label)}, page=MEMBERS)
    assert visitor.toasts() == ["已从 1 位会员移除标签"]
    assert names(visitor.get(f"{MEMBERS}?tag={label}")) == ["王芳"]
    assert visitor.post(f"{MEMBERS}/tag", page=MEMBERS).status_code == 303
    assert visitor.toasts() == ["请先选择会员"]


def test_everybody_whom_the_filters_leave_gets_a_label(visitor, shop, people):
    place = f"{MEMBERS}/tag?q=王"
    form = {"ids": [str(people["M1"])], "todo": "add", "label": "", "name": "常客", "who": "matching"}
    assert "列表里符合条件的全部 2 位" in visitor.post(place, {"ids": form["ids"]}, page=MEMBERS).text
    done = visitor.post(place, form, page=MEMBERS)
    assert (done.status_code, visitor.toasts()) == (303, ["已给 2 位会员打上标签"])
    label = one(shop, "SELECT id FROM buyer_tag")
    assert names(visitor.get(f"{MEMBERS}?tag={label}")) == ["王芳", "王小明"]
    assert "列表里符合条件的全部" not in visitor.post(place, {"ids": ["1", "2"]}, page=MEMBERS).text
    visitor.post(place, {**form, "who": "everybody"}, page=MEMBERS)
    assert visitor.toasts() == ["已给 0 位会员打上标签"]


def test_labels_for_more_people_than_can_be_changed_at_once_are_refused(visitor, shop, people):
    run(shop, "INSERT INTO buyer (member_no, created_at) SELECT 'N' || n, now() FROM generate_series(1, 1000) n")
    form = {"ids": [str(people["M1"])], "todo": "add", "label": "", "name": "常客", "who": "matching"}
    asked = visitor.post(f"{MEMBERS}/tag", {"ids": form["ids"]}, page=MEMBERS)
    assert "一次最多 1,000 位" in asked.text and 'value="matching"' not in asked.text
    refused = visitor.post(f"{MEMBERS}/tag", form, page=MEMBERS)
    assert refused.status_code == 200 and "超过 1000 位，请先在列表里缩小范围" in refused.text
    assert 'value="常客"' in refused.text and one(shop, "SELECT count(*) FROM buyer_tag") == 0
    ticked = visitor.post(f"{MEMBERS}/tag", {**form, "ids": [str(n) for n in range(1, 1002)]}, page=MEMBERS)
    assert (ticked.status_code, visitor.toasts()) == (303, ["一次最多选 1000 位会员，请分几次打标签"])
    assert visitor.post(f"{MEMBERS}/tag", {**form, "who": "chosen"}, page=MEMBERS).status_code == 303
    assert one(shop, "SELECT count(*) FROM buyer_tagging") == 1


def spend(shop, people, at):
    """M1 twice, ¥33.00 in all; M2 once, ¥66.00; nobody else."""
    for number, (who, fen, refunded) in enumerate((("M1", 3000, 1000), ("M1", 1300, 0), ("M2", 6600, 0))):
        run(
            shop,
            "INSERT INTO orders (number, reference, request_digest, channel, store_id, buyer_id, state, fulfilment,"
            " list_fen, goods_fen, payable_fen, refunded_fen, placed_at, paid_at) VALUES (:no, :no, '', 'pos', :store,"
            " :buyer, 'completed', 'counter', :fen, :fen, :fen, :back, :at, :at)",
            no=f"S{number}-{at}", store=at, buyer=people[who], fen=fen, back=refunded,
            at=now() - timedelta(hours=number),
        )  # fmt: skip


def test_list_is_put_in_order_by_what_people_bought(visitor, shop, people):
    spend(shop, people, shop.store_id)
    with shop.bound():
        list(rebuild())
    assert names(visitor.get(f"{MEMBERS}?sort=-spent"))[:3] == ["王芳", "王小明", "=李雷"]
    assert names(visitor.get(f"{MEMBERS}?sort=spent"))[:2] == ["王小明", "王芳"]
    assert names(visitor.get(f"{MEMBERS}?sort=-orders"))[:2] == ["王小明", "王芳"]
    page = visitor.get(f"{MEMBERS}?sort=-last")
    assert names(page)[:2] == ["王小明", "王芳"]
    assert page.count("aria-sort") == 1 and '<option value="-last" selected>最近下过单</option>' in page
    assert names(visitor.get(f"{MEMBERS}?sort=no"))[0] == "=李雷"
    file = visitor.open(f"{MEMBERS}/export?sort=-spent").text
    assert file.index("王芳") < file.index("王小明")


def test_staff_of_some_stores_order_by_figures_of_one_store_only(shop, people):
    second, third = another_store(shop), another_store(shop, "XT03")
    spend(shop, people, shop.store_id)
    with shop.bound():
        list(rebuild())
    manager = Visitor(shop, staff_token(shop, "manager", stores=(second,)))
    assert "消费最多" in manager.get(MEMBERS)
    assert names(manager.get(f"{MEMBERS}?sort=-spent"))[:2] == ["=李雷", "王芳"]
    both = Visitor(shop, staff_token(shop, "manager", "两店", stores=(second, third)))
    assert "消费最多" not in both.get(MEMBERS)
    assert names(both.get(f"{MEMBERS}?sort=-spent"))[0] == "=李雷"


def test_labels_are_made_renamed_and_removed(visitor, shop, people):
    place = f"{MEMBERS}/labels"
    assert "还没有标签" in visitor.get(place)
    visitor.post(place, {"name": EVIL[:20], "colour": "red"})
    taken = visitor.post(place, {"name": EVIL[:20], "colour": "red"})
    assert taken.status_code == 200 and "已有名为" in taken.text and "<script>alert" not in taken.text
    label = one(shop, "SELECT id FROM buyer_tag")
    visitor.post(f"{place}/{label}", {"name": "常客", "colour": "purple"})
    assert one(shop, "SELECT name, colour FROM buyer_tag") == ("常客", "purple")
    person = f"{MEMBERS}/{people['M1']}"
    visitor.post(f"{person}/tag", {"label": str(label)}, page=person)
    visitor.post(f"{person}/tag", {"label": "", "name": " 团购群 "}, page=person)
    page = visitor.get(person)
    assert "tone-purple" in page and "移除标签 团购群" in page
    visitor.post(f"{person}/untag/{label}", page=person)
    assert "移除标签 常客" not in visitor.get(person)
    visitor.post(f"{place}/{label}/remove", page=place)
    assert one(shop, "SELECT count(*) FROM buyer_tag") == 1
    assert visitor.open(f"{place}/{label}").status_code == 404


def test_notes_are_text_with_an_author(visitor, shop, people):
    place = f"{MEMBERS}/{people['M1']}"
    visitor.post(f"{place}/notes", {"text": EVIL}, page=place)
    page = visitor.get(place)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and EVIL not in page and "店长 · " in page
    long = visitor.post(f"{place}/notes", {"text": "长" * 501}, page=place)
    assert long.status_code == 200 and "长度应为 1 到 500 个字" in long.text and "长" * 501 in long.text
    note = one(shop, "SELECT id FROM buyer_note")
    assert visitor.post(f"{MEMBERS}/{people['M2']}/notes/{note}/remove", page=place).status_code == 404
    visitor.post(f"{place}/notes/{note}/remove", page=place)
    assert one(shop, "SELECT count(*) FROM buyer_note") == 0


def test_export_has_no_phones_and_no_formulas(visitor, shop, people):
    with shop.bound():
        labels.tag(labels.create_label("@常客"), [people["M1"]])
        db.session.commit()
    answer = visitor.open(f"{MEMBERS}/export?kind=members")
    rows = answer.get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert rows[0] == "会员号,姓名,手机（隐去中间）,标签,订单数,消费（元）,最近下单,加入时间"
    assert [row.split(",")[:4] for row in rows[1:]] == [
        ["M3", "'=李雷", "199****0003", ""],
        ["M2", "王芳", "199****0002", ""],
        ["M1", "王小明", "199****0001", "'@常客"],
    ]
    book = zipfile.ZipFile(io.BytesIO(visitor.open(f"{MEMBERS}/export?format=xlsx").data))
    assert b"19900000001" not in b"".join(book.read(name) for name in book.namelist())
    assert actions(shop)[-2:] == ["members.export", "members.export"]


def test_person_is_erased_when_the_word_is_typed(visitor, shop, people):
    place = f"{MEMBERS}/{people['M1']}/erase"
    wrong = visitor.post(place, {"typed": "m1"})
    assert wrong.status_code == 200 and "请输入“M1”，一字不差" in wrong.text and 'value="m1"' in wrong.text
    assert visitor.post(place, {"typed": "M1"}).location == MEMBERS
    assert visitor.toasts() == ["会员已注销，个人信息已删除"]
    assert one(shop, "SELECT name, phone, member_no, erased_at IS NULL FROM buyer WHERE id = :id", id=people["M1"]) == (
        None, None, None, False,
    )  # fmt: skip
    assert actions(shop) == ["members.erase"]
    assert visitor.open(f"{MEMBERS}/{people['M1']}").status_code == 404


def test_person_with_an_open_order_is_not_erased(visitor, shop):
    number = order(shop, phone="19900001234")
    place = f"{MEMBERS}/{shop.buyer_id}/erase"
    refused = visitor.post(place, {"typed": "注销"})
    assert refused.status_code == 200 and f"还有没完成的订单（{number}）" in refused.text
    make_ready(shop, number)
    assert verify(shop, phone_tail="1234").status_code == 200
    assert visitor.post(place, {"typed": "注销"}).location == MEMBERS
    assert one(shop, "SELECT buyer_id, contact_phone FROM orders") == (None, None)


def test_who_is_limited_to_a_store_neither_erases_nor_takes_data_away(visitor, shop, people):
    place = f"{MEMBERS}/{people['M1']}"
    near = Visitor(shop, staff_token(shop, "manager", stores=(shop.store_id,)))
    page = near.get(place)
    assert "注销会员" not in page and f"{place}/data" not in page
    assert near.open(f"{place}/erase").status_code == 403
    assert near.post(f"{place}/data", page=place).status_code == 403
    answer = visitor.post(f"{place}/data", page=place)
    assert answer.json["buyer"]["phone"] == "19900000001"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="member-{people["M1"]}.json"'
    assert actions(shop) == ["members.data"]
