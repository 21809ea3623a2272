"""What is left out, what is changed, and what never gets through."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core.host.blocks.errors import Misfit
from core.plugin import Block
from core.plugin.build import A, B
from tests.core.blocks.schema_facts import drawing, level_two

NOTICE = B.notice(text="公告")


def shown(made: list[Block], **kwargs: Any) -> tuple[list[dict[str, Any]], list[str]]:
    draw = drawing(**kwargs)
    return draw.blocks(made), draw.faults


def types(blocks: list[dict[str, Any]]) -> list[str]:
    return [block["type"] for block in blocks]


def test_block_is_stamped_with_its_source_and_ids_are_prefixed():
    card = B.card(B.text(text="a"), B.text(text="b", id="b"), title="t", id="top")
    blocks, faults = shown([card, NOTICE])
    assert faults == []
    assert blocks == [
        {"id": "club-top", "type": "card", "src": "club", "props": {"title": "t"}, "children": [
            {"id": "club-_0-0", "type": "text", "src": "club", "props": {"text": "a"}},
            {"id": "club-b", "type": "text", "src": "club", "props": {"text": "b"}},
        ]},
        {"id": "club-_1", "type": "notice", "src": "club", "props": {"text": "公告"}},
    ]  # fmt: skip


@pytest.mark.parametrize("own_id", ["Top", "../x", "a" * 41, "", "a b", "梨", "a\n"])
def test_id_that_is_none_is_left_out(own_id: str):
    blocks, faults = shown([B.space(id=own_id)])
    assert bool(faults) == bool(own_id)
    assert [block["id"] for block in blocks] == ([] if own_id else ["club-_0"])


def test_id_given_twice_leaves_out_the_second():
    blocks, faults = shown([B.text(text="a", id="x"), B.text(text="b", id="x")])
    assert [block["props"]["text"] for block in blocks] == ["a"]
    assert faults == ["id 'x' twice"]


def test_unknown_prop_is_refused_in_development():
    blocks, faults = shown([Block("notice", {"text": "a", "colour": "#f00"}), NOTICE])
    assert [block["props"] for block in blocks] == [{"text": "公告"}]
    assert faults == ["notice: no such prop: 'colour'"]


def test_unknown_props_are_dropped_in_production_at_every_depth():
    action = {"type": "nav", "to": "home", "style": "x"}
    made = Block("list", {"items": [{"title": "a", "css": "x", "action": action}], "colour": "red"})
    blocks, faults = shown([made], strict=False)
    assert faults == []
    assert blocks[0]["props"] == {"items": [{"title": "a", "action": {"type": "nav", "to": "home"}}]}


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (Block("price", {"price": 19.9}), "price.price: 19.9 is not of type"),
        (Block("price", {"price": True}), "price.price: true is not of type"),
        (Block("price", {"price": -1}), "price.price: -1 is less than"),
        (Block("price", {"price": Decimal("1")}), "price.price: Decimal is no JSON value"),
        (Block("price", {}), 'price: "price" is a required property'),
        (Block("price", {1: 2, "price": 1}), "price: no such prop: 1"),
        (Block("notice", {"text": "x", "tone": "#ff0000"}), "notice.tone: "),
        (Block("notice", {"text": "x" * 121}), "notice.text: "),
        (Block("notice", {"text": "\ud800"}), ""),
        (Block("notice", None), ""),
        (Block("image", {"img": "javascript:alert(1)"}), "image.img: "),
        (Block("image", {"img": "//evil/x.png"}), "image.img: "),
        (Block("image", {"img": "/\\evil/x.png"}), "image.img: "),
        (Block("text", {"text": "x"}, children=(NOTICE,)), "text: has no children"),
        (Block("text", {"text": "x"}, id=5), ""),
        (Block("button", {"text": "x", "action": {"type": "eval"}}), "button.action: no such action"),
        (Block("button", {"text": "x", "action": "home"}), "button.action: no such action"),
        (Block("button", {"text": "x", "action": {"type": ["nav"]}}), ""),
        (Block("button", {"text": "x", "action": A.call(op="rival.take")}), "button.action: operation 'rival.take'"),
        (Block("button", {"text": "x", "action": A.login(action=A.scan(op="rival.x"))}), "button.action.action: operation"),
        (Block("form", {"fields": [{"name": "a", "kind": "text", "label": "a"}], "action": A.toast(text="x")}), "form"),
        (Block("coupon", {"title": "x"}), "coupon: "),
        (Block("hologram", {}), "hologram: no such type of block"),
        (Block(["text"], {}), ""),
    ],
)
def test_block_that_does_not_fit_is_left_out_alone(made: Block, fault: str):
    blocks, faults = shown([NOTICE, made, NOTICE])
    assert types(blocks) == ["notice", "notice"]
    assert [found.startswith(fault) for found in faults] == [True], faults


@pytest.mark.parametrize("made", [None, "text", NOTICE, {"type": "text"}, [NOTICE, {"type": "text"}], iter([NOTICE]), 5])
def test_what_is_no_sequence_of_blocks_is_none_of_them(made: Any):
    with pytest.raises(Misfit):
        drawing().blocks(made)


def test_parameters_are_copied_json():
    params = {"id": "g1", "n": [1, {"deep": None}]}
    made = B.button(text="x", action=A.call(op="club.join", params=params))
    [drawn] = drawing().blocks([made])
    params["n"].append(2)
    assert drawn["props"]["action"]["params"] == {"id": "g1", "n": [1, {}]}


def test_parameters_that_contain_themselves_are_left_out():
    loop: dict[str, Any] = {}
    loop["loop"] = loop
    blocks, faults = shown([Block("button", {"text": "x", "action": {"type": "call", "op": "club.x", "params": loop}})])
    assert blocks == []
    assert len(faults) == 1


def test_props_that_raise_or_exit_are_left_out():
    class Rude(dict):
        def items(self):
            raise SystemExit(3)

    blocks, faults = shown([Block("text", Rude(text="x")), NOTICE])
    assert types(blocks) == ["notice"]
    assert faults == ["SystemExit: 3"]


def test_card_in_a_card_is_left_out():
    blocks, faults = shown([B.card(B.card(NOTICE), NOTICE)])
    assert types(blocks[0]["children"]) == ["notice"]
    assert faults == ["card: lies too deep"]


def test_blocks_end_where_there_is_no_more_room():
    blocks, faults = shown([B.card(*[NOTICE] * 10)] * 6)
    assert sum(1 + len(block["children"]) for block in blocks) == 60
    assert set(faults) == {"too many blocks"}


def test_blocks_end_where_there_is_no_more_space():
    blocks, faults = shown([B.text(text="梨" * 2000)] * 20)
    assert len(blocks) == 10
    assert faults[0].startswith("text: 6")


def test_types_that_may_not_stand_there_are_left_out():
    form = B.form(fields=[{"name": "use", "kind": "stepper", "label": "积分"}])
    blocks, faults = shown([NOTICE, form], types=frozenset({"form"}))
    assert types(blocks) == ["form"]
    assert faults == ["notice: only form may stand here"]


def test_sheet_has_drawn_blocks_and_no_sheet_in_it():
    inner = A.sheet(blocks=[NOTICE])
    sheet = A.sheet(title="规则", blocks=[NOTICE, B.button(text="x", action=inner)])
    [drawn], faults = shown([B.button(text="规则", action=sheet)])
    assert drawn["props"]["action"] == {
        "type": "sheet", "title": "规则",
        "blocks": [{"id": "club-_s1-0", "type": "notice", "src": "club", "props": {"text": "公告"}}],
    }  # fmt: skip
    assert faults == ["button.action.blocks: a sheet in a sheet"]


@pytest.mark.parametrize(("level", "drawn"), [(1, ["notice"]), (2, ["map"])])
def test_newer_type_is_drawn_or_replaced_by_its_fallback(level: int, drawn: list[str]):
    made = Block("map", {"title": "中兴店"}, id="m", fallback=NOTICE)
    blocks, faults = shown([made], level=level, vocabulary=level_two())
    assert (types(blocks), faults) == (drawn, [])
    assert blocks[0]["id"] == "club-m"
    assert "fallback" not in blocks[0]


def test_newer_type_without_fallback_is_dropped_without_a_word():
    assert shown([Block("map", {"title": "x"}), NOTICE], vocabulary=level_two())[1] == []


@pytest.mark.parametrize(("level", "icon", "badge"), [(1, {}, {}), (2, {"icon": "bell"}, {"badge": "新"})])
def test_newer_props_go_to_newer_clients_only(level: int, icon: dict, badge: dict):
    made = [
        Block("notice", {"text": "a", "icon": "bell"}),
        Block("list", {"items": [{"title": "a", "badge": "新"}]}),
    ]
    blocks, faults = shown(made, level=level, vocabulary=level_two())
    assert [block["props"] for block in blocks] == [{"text": "a", **icon}, {"items": [{"title": "a", **badge}]}]
    assert faults == []


@pytest.mark.parametrize("level", [1, 2])
def test_level_used_is_the_highest_of_what_is_drawn(level: int):
    draw = drawing(level=level, vocabulary=level_two())
    draw.blocks([NOTICE, Block("notice", {"text": "a", "icon": "bell"})])
    assert draw.level_used == level


def chain(length: int) -> Block:
    """A block of an unknown type with `length` fallbacks, the last of which is a notice."""
    block = NOTICE
    for number in range(length):
        block = Block(f"future{number}", {}, fallback=block)
    return block


@pytest.mark.parametrize(("length", "drawn"), [(1, 1), (2, 1), (3, 1), (4, 0)])
def test_fallbacks_are_followed_three_times(length: int, drawn: int):
    blocks, faults = shown([chain(length)])
    assert types(blocks) == ["notice"] * drawn
    assert faults == ([] if drawn else ["future3: more than 3 fallbacks"])


def test_fallback_to_nothing_that_is_known_is_a_fault():
    blocks, faults = shown([Block("future", {}, fallback=Block("further", {}))])
    assert (blocks, faults) == ([], ["future: no such type of block"])
