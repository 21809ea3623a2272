"""Members as staff find them, label them and write about them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from core.analytics.service import rebuild
from core.buyers import labels, privacy
from core.buyers.errors import LabelNotFound, LabelTaken, MemberNotFound, NoteNotFound
from core.buyers.listing import Wanted, list_members
from core.buyers.person import person
from core.clock import now
from core.db import db
from core.errors import Invalid
from core.web.paging import encode_cursor
from tests.core.console_http.acting import actions, another_store, one, order
from tests.core.console_lists.counting import blocks, sent


def run(shop, statement, **values):
    with shop.bound():
        db.session.execute(text(statement), values)
        db.session.commit()


@pytest.fixture
def people(shop):
    """M1 王小明, M2 王芳, M3 李雷 beside the shop's own shopper, who came first and has no number."""
    for n, (name, phone) in enumerate((("王小明", "19900000001"), ("王芳", "19900000002"), ("李雷", "19911110001")), 1):
        run(
            shop,
            "INSERT INTO buyer (member_no, name, phone, joined_at, created_at) VALUES (:no, :name, :phone, :at, :at)",
            no=f"M{n}", name=name, phone=phone, at=now() + timedelta(minutes=n),
        )  # fmt: skip
    return shop


def ids(shop, *numbers):
    return [one(shop, "SELECT id FROM buyer WHERE member_no = :no", no=number) for number in numbers]


def shown(shop, **wanted):
    with shop.bound():
        return [row["member_no"] for row in list_members(Wanted(**wanted), True).items]


def test_list_searches_by_name_number_and_phone(people):
    assert shown(people) == ["M3", "M2", "M1", None]
    assert shown(people, members_only=True, sort="joined") == ["M1", "M2", "M3"]
    assert shown(people, q="王") == ["M2", "M1"]
    assert shown(people, q="0001") == ["M3", "M1"]
    assert shown(people, q="19900000002") == shown(people, q="M2") == ["M2"]
    assert shown(people, q="%") == shown(people, q="小明") == []


def test_list_turns_both_ways(people):
    with people.bound():
        first = list_members(Wanted(), True, None, 2)
        second = list_members(Wanted(), True, first.next_cursor, 2)
        back = list_members(Wanted(), True, second.previous_cursor, 2)
    rows = [[row["member_no"] for row in page.items] for page in (first, second, back)]
    assert rows == [["M3", "M2"], ["M1", None], ["M3", "M2"]]
    assert (first.previous_cursor, second.next_cursor, back.previous_cursor) == (None, None, None)


def bought(shop, **fen_by_member):
    """An order of so many fen each, a minute apart; what they bought altogether is counted."""
    for n, (member_no, fen) in enumerate(fen_by_member.items()):
        run(
            shop,
            "INSERT INTO orders (number, reference, request_digest, channel, store_id, buyer_id, state, fulfilment,"
            " list_fen, goods_fen, payable_fen, placed_at, paid_at) SELECT :no, :no, '', 'pos', :store, id, 'completed',"
            " 'counter', :fen, :fen, :fen, :at, :at FROM buyer WHERE member_no = :member",
            no=f"B-{member_no}-{n}", store=shop.store_id, fen=fen, at=now() - timedelta(minutes=n), member=member_no,
        )  # fmt: skip
    with shop.bound():
        list(rebuild())


def walked(shop, wanted, size):
    """Member numbers page by page to the end, and back again to the beginning."""
    onward, back = [], []
    with shop.bound():
        page = list_members(wanted, True, None, size)
        while True:
            onward.append([row["member_no"] for row in page.items])
            if page.next_cursor is None:
                break
            page = list_members(wanted, True, page.next_cursor, size)
        while page.previous_cursor:
            page = list_members(wanted, True, page.previous_cursor, size)
            back.append([row["member_no"] for row in page.items])
    return onward, back[::-1]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize(("sort", "expected"), [
    ("-spent", ["M3", "M4", "M1", "M2", None]), ("spent", ["M1", "M4", "M3", None, "M2"]),
    ("-last", ["M1", "M3", "M4", "M2", None]), ("last", ["M4", "M3", "M1", None, "M2"]),
    ("-orders", ["M4", "M3", "M1", "M2", None]), ("orders", ["M1", "M3", "M4", None, "M2"]),
])  # fmt: skip
def test_order_by_what_was_bought_turns_both_ways_and_ends_with_who_bought_nothing(people, sort, expected, size):
    run(people, "INSERT INTO buyer (member_no, created_at) VALUES ('M4', now())")
    bought(people, M1=500, M3=900, M4=500)
    onward, back = walked(people, Wanted(sort=sort), size)
    assert [number for page in onward for number in page] == expected
    assert back == onward[:-1]


def test_order_by_what_was_bought_keeps_to_search_and_filters(people):
    bought(people, M1=500, M2=900)
    with people.bound():
        regular = labels.create_label("常客")
        labels.tag(regular, ids(people, "M1", "M2", "M3"))
        db.session.commit()
    assert shown(people, sort="-spent", q="王") == ["M2", "M1"]
    assert shown(people, sort="spent", tag_id=regular) == ["M1", "M2", "M3"]
    assert shown(people, sort="-spent", members_only=True) == ["M2", "M1", "M3"]
    assert shown(people, sort="-spent", scope=[another_store(people)]) == ["M3", "M2", "M1", None]
    run(people, "UPDATE buyer SET erased_at = now() WHERE member_no = 'M2'")
    assert shown(people, sort="-spent", members_only=True) == ["M1", "M3"]


@pytest.mark.parametrize("sort", ["-spent", "last"])
def test_cursor_of_another_order_is_refused_or_harmless(people, sort):
    with people.bound():
        cursor = list_members(Wanted(), True, None, 2).next_cursor
        assert len(list_members(Wanted(sort=sort), True, cursor, 2).items) <= 2
        with pytest.raises(Invalid):
            list_members(Wanted(sort="-last"), True, encode_cursor(1, 2**62, 1))


def test_order_by_what_was_bought_reads_a_page_of_20000_people(people, owner):
    run(people, "INSERT INTO buyer (member_no, created_at) SELECT 'N' || n, now() FROM generate_series(1, 20000) n")
    run(
        people,
        "INSERT INTO rollup_lifetime (store_id, buyer_id, orders, spent_fen, last_order_at)"
        " SELECT 0, id, id % 9 + 1, id % 7777, now() - id % 999 * interval '1 hour' FROM buyer WHERE id % 2 = 0",
    )
    with people.bound(), owner.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL search_path = t_{people.ref.key}")
        connection.exec_driver_sql("ANALYZE buyer, rollup_lifetime")
        for sort in ("-spent", "spent", "-orders", "-last"):
            wanted = Wanted(sort=sort)
            cursor = list_members(wanted, True, None, 300).next_cursor
            with sent() as statements:
                first = list_members(wanted, True, None, 20)
                deep = list_members(wanted, True, cursor, 20)
                list_members(wanted, True, deep.previous_cursor, 20)
            assert (len(first.items), len(deep.items), len(statements)) == (20, 20, 3)
            costs = [blocks(connection, *statement) for statement in statements]
            print(sort, costs)
            assert max(costs) < 1000, (sort, costs)
        db.session.rollback()


def test_list_masks_phones_and_sums_orders_in_one_statement(people):
    order(people, ("MILK", "2"))
    order(people, ("RICE", "1"), paid=False)
    run(people, "UPDATE orders SET refunded_fen = 280 WHERE state = 'paid'")
    with people.bound(), sent() as statements:
        rows = list_members(Wanted(), False).items
    assert len(statements) == 1
    assert [row["phone"] for row in rows] == ["199****0001", "199****0002", "199****0001", None]
    assert [(row["orders"], row["spent_fen"]) for row in rows] == [(0, 0), (0, 0), (0, 0), (1, 2280)]


def test_labels_are_given_to_many_at_once(people):
    wang, fang, lei = ids(people, "M1", "M2", "M3")
    with people.bound():
        regular = labels.create_label("常客", "green")
        with sent() as statements:
            assert labels.tag(regular, [wang, fang, 10**12]) == 2
        assert len(statements) == 2
        assert labels.tag(regular, [fang, lei]) == 1
        assert labels.untag(regular, [wang]) == 1
        assert [(row["name"], row["colour"], row["members"]) for row in labels.all_labels()] == [("常客", "green", 2)]
        db.session.commit()
    assert shown(people, tag_id=regular) == ["M3", "M2"]
    with people.bound():
        rows = list_members(Wanted(q="M2"), True).items
        assert rows[0]["labels"] == [{"id": str(regular), "name": "常客", "colour": "green"}]
        labels.remove_label(regular)
        assert list_members(Wanted(q="M2"), True).items[0]["labels"] == []
    assert actions(people) == ["members.label.create", "members.tag", "members.tag", "members.untag"]


def test_label_names_are_unlike_and_must_be_there(people):
    with people.bound():
        first, second = labels.create_label("常客"), labels.create_label("新客")
        with pytest.raises(LabelTaken):
            labels.create_label("常客")
        with pytest.raises(LabelTaken):
            labels.change_label(second, "常客", "red")
        labels.change_label(second, "老客", "red")
        labels.change_label(first, "常客", "blue")
        for act in (
            lambda: labels.tag(10**12, [people.buyer_id]),
            lambda: labels.remove_label(10**12),
            lambda: labels.change_label(10**12, "谁", "red"),
        ):
            with pytest.raises(LabelNotFound):
                act()


def test_person_has_totals_notes_and_labels(people):
    number = order(people, ("MILK", "2"))
    second = another_store(people)
    buyer = people.buyer_id
    with people.bound():
        first = labels.note(buyer, "对花生过敏", people.staff_id)
        labels.note(buyer, "喜欢周末来", people.staff_id)
        db.session.commit()
        with sent() as statements:
            seen = person(buyer, None, False)
        assert len(statements) == 2
        assert (seen["orders"], seen["paid_fen"], seen["spent_fen"], seen["saved_fen"]) == (1, 2560, 2560, 0)
        assert [(note["text"], note["staff_name"]) for note in seen["notes"]] == [
            ("喜欢周末来", "店长"), ("对花生过敏", "店长"),
        ]  # fmt: skip
        assert person(buyer, [second], False)["orders"] == 0
        labels.remove_note(buyer, first)
        with pytest.raises(NoteNotFound):
            labels.remove_note(buyer, first)
        with pytest.raises(MemberNotFound):
            labels.note(10**12, "谁", None)
        with pytest.raises(MemberNotFound):
            person(10**12, None, False)
    assert number


def test_notes_and_labels_are_exported_and_erased_with_the_person(people):
    (wang,) = ids(people, "M1")
    with people.bound():
        label = labels.create_label("常客")
        labels.tag(label, [wang])
        labels.note(wang, "对花生过敏", people.staff_id)
        exported = privacy.export(wang)
        assert [entry["name"] for entry in exported["labels"]] == ["常客"]
        assert [entry["text"] for entry in exported["notes"]] == ["对花生过敏"]
        privacy.erase(wang)
        db.session.commit()
        with pytest.raises(MemberNotFound):
            person(wang, None, True)
    assert one(people, "SELECT (SELECT count(*) FROM buyer_note), (SELECT count(*) FROM buyer_tagging)") == (0, 0)
    assert shown(people, q="M1") == []


def test_members_of_another_shop_are_not_found(people, other_shop):
    assert shown(other_shop, q="王") == []
    with people.bound():
        label = labels.create_label("常客")
        db.session.commit()
    with other_shop.bound(), pytest.raises(LabelNotFound):
        labels.tag(label, [other_shop.buyer_id])
