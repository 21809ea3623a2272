from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog.folding import fold, half_width
from core.catalog.searchtext import parse_query, search_document

LEXEME = re.compile(r"'([^']+)':1([A-D])")
han = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=20)


def lexemes(*fields: str) -> dict[str, str]:
    return dict(LEXEME.findall(search_document(*fields).vector))


def finds(query: str, *fields: str) -> bool:
    """Whether every term is the beginning of a lexeme: what the tsquery asks for, without its pieces."""
    words = lexemes(*fields)
    return all(any(word.startswith(term) for word in words) for term in parse_query(query).terms)


@pytest.mark.parametrize(
    "query",
    [
        "可口可乐",
        "口可",
        "可乐",
        "乐",
        "kkkl",
        "kkk",
        "kl",
        "kekoukele",
        "koukele",
        "kele",
        "ke kou",
        "可口 kl",
        "KEKOU",
        "ｋｋｋｌ",
        "可口可樂",
        "500ml",
        "500",
        "ml",
        "碳酸",
        "tansuan",
        "饮料",
        "零度",
        "kkklld",
    ],
)
def test_search_finds_by_any_part(query):
    assert finds(query, "可口可乐 零度", "", "可口可乐", "饮料 碳酸饮料", "500ml")


@pytest.mark.parametrize("query", ["百事", "ekou", "可乐可", "kkllk", "00ml"])
def test_search_does_not_find_what_nobody_would_begin_with(query):
    assert not finds(query, "可口可乐 零度", "", "可口可乐", "饮料 碳酸饮料", "500ml")


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("chongqing", "重庆小面"),
        ("zqxm", "重庆小面"),
        ("changcheng", "长城干红"),
        ("zhangcheng", "长城干红"),
        ("fanqie", "番茄沙司"),
        ("lvcha", "绿茶"),
        ("lucha", "绿茶"),
        ("lücha", "绿茶"),
        ("bohe", "薄荷糖"),
        ("adgn", "AD钙奶"),
        ("adgai", "AD钙奶"),
        ("gainai", "AD钙奶"),
        ("xi'an", "西安凉皮"),
        ("3m", "3M挂钩"),
        ("16oz", "PUDDING 16 OZ"),
        ("loreal", "L’Oréal".replace("é", "e")),
    ],
)
def test_search_spellings(query, title):
    assert finds(query, title)


def test_search_weights_tell_where_the_text_stood():
    words = lexemes("蒙牛纯牛奶", "早餐奶", "蒙牛", "乳品", "箱")
    wanted = {
        "蒙牛纯牛奶": "A",
        "mncnn": "A",
        "纯牛奶": "A",
        "牛奶": "B",
        "早餐奶": "C",
        "zcn": "C",
        "乳品": "D",
        "箱": "D",
    }
    assert {word: words[word] for word in wanted} == wanted
    assert words["=mncnn"] == "A"


def test_search_document_spells_the_title():
    document = search_document("可口可乐", "可乐", "可口可乐", "饮料", "500ml")
    assert (document.text, document.pinyin, document.initials) == (
        "可口可乐 可乐 可口可乐 饮料 500ml",
        "kekoukele",
        "kkkl",
    )


def test_fold_makes_one_spelling():
    assert fold("ＡＤ鈣奶　臺灣麵條 5㎏ Ü") == "ad钙奶 台湾面条 5kg v"


@given(st.text(max_size=40))
def test_fold_is_stable(text):
    assert fold(fold(text)) == fold(text)


@given(han, st.data())
def test_search_finds_every_part_of_a_chinese_title(title, data):
    folded = fold(title)
    start = data.draw(st.integers(0, len(folded) - 1))
    end = data.draw(st.integers(start + 1, min(len(folded), start + 12)))
    assert finds(folded[start:end], title)


@given(st.text(max_size=120), st.text(max_size=60))
def test_search_document_and_query_take_any_text(title, query):
    vector = search_document(title, query, query, query, query).vector
    assert LEXEME.sub("", vector).strip() == ""
    parsed = parse_query(query)
    assert parsed.is_empty == (parsed.terms == ())
    assert all(re.fullmatch(r"[^'\\\s]+", term) for term in parsed.terms)


def test_query_in_pieces():
    assert parse_query("金龙鱼大米").match == "('金龙鱼大米':* | '金龙':* & '鱼大米':* | '金龙鱼':* & '大米':*)"
    assert parse_query("大米粥").match == "('大米粥':* | '大':* & '米粥':* | '大米':* & '粥':*)"
    assert parse_query("牛奶 250ml").match == "'牛奶':* & '250ml':*"


def test_query_codes():
    assert parse_query("xt010001").codes == ("xt010001", "XT010001")
    assert parse_query("６９０１０２８０７５８３１").codes == ("6901028075831", "06901028075831")
    assert parse_query("牛奶").codes == ()
    assert half_width(" １２ ３") == "123"


def test_query_of_nothing_is_empty():
    assert [parse_query(q).is_empty for q in ("", "  ", "?!·", "'")] == [True] * 4


def test_query_is_bounded():
    parsed = parse_query(" ".join(f"w{i}" for i in range(1000)))
    assert len(parsed.terms) == 8


def test_search_document_takes_under_a_millisecond_each():
    search_document("热身")
    started = time.process_time()
    for i in range(300):
        search_document(f"青岛经典整箱啤酒{i}", "麦芽 酒花", "青岛", "酒水 啤酒", "330ml×24")
    assert (time.process_time() - started) / 300 < 0.001
