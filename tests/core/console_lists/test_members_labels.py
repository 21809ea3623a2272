"""Members as staff find them, label them and write about them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from core.buyers import labels, privacy
from core.buyers.errors import LabelNotFound, LabelTaken, MemberNotFound, NoteNotFound
from core.buyers.listing import Wanted, list_members
from core.buyers.person import person
from core.clock import now
from core.db import db
from tests.core.console_http.acting import actions, another_store, one, order
from tests.core.console_lists.counting import sent


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
    assert shown(people, members_only=True, sort="joined_first") == ["M1", "M2", "M3"]
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
