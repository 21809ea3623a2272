from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from importlib.resources import files

import psycopg
import pytest

from core.catalog import searchsql
from core.catalog.searchtext import parse_query, search_document

DEMO = list(csv.DictReader(files("core.data.demo").joinpath("xingtai_supermarket_products.csv").open(encoding="utf-8")))


def bound(sql: str) -> str:
    return re.sub(r"(?<!:):(\w+)", r"%(\1)s", sql)


@pytest.fixture(scope="module")
def products(postgres_url) -> Iterator[psycopg.Connection]:
    """The demo products in a temporary table with the column and the index of `searchsql`."""
    with psycopg.connect(re.sub(r"^postgresql\+\w+", "postgresql", postgres_url)) as connection:
        connection.execute("CREATE TEMPORARY TABLE product (id bigint PRIMARY KEY, title text)")
        connection.execute(searchsql.COLUMN_DDL)
        connection.execute(searchsql.INDEX_DDL)
        rows = [(i, row["name"], _vector(row)) for i, row in enumerate(DEMO, start=1)]
        insert = f"INSERT INTO product (id, title, search) VALUES (%s, %s, {bound(searchsql.STORE)})"
        connection.cursor().executemany(insert.replace("%(vector)s", "%s"), rows)
        connection.execute("ANALYZE product")
        yield connection
        connection.rollback()


def _vector(row: dict[str, str]) -> str:
    category = f"{row['category_l1']} {row['category_l2']}"
    return search_document(row["name"], row["keywords"], row["brand"], category, row["spec"]).vector


def page(connection, q: str, after: tuple[int, int] = (-1, 0), limit: int = 500) -> list[tuple[int, int, str]]:
    values = {**searchsql.params(parse_query(q)), "after_rank": after[0], "after_id": after[1], "limit": limit}
    hits = connection.execute(bound(searchsql.PAGE), values).fetchall()
    return [(rank, number, DEMO[number - 1]["name"]) for number, rank in hits]


def names(connection, q: str) -> list[str]:
    return [name for _, _, name in page(connection, q)]


def test_search_by_initials_puts_the_whole_title_first(products):
    assert names(products, "kkkl") == ["可口可乐", "可口可乐罐装", "可口可乐大瓶"]
    assert [rank for rank, _, _ in page(products, "kkkl")] == [0, 1, 1]


def test_search_in_chinese_pinyin_and_initials_agree(products):
    assert names(products, "可口可乐") == names(products, "kekoukele") == names(products, "kkkl")


def test_search_finds_a_title_that_holds_the_words_apart(products):
    assert names(products, "金龙鱼大米") == ["金龙鱼东北大米"]


@pytest.mark.parametrize("q", ["乐", "牛奶", "纯牛奶", "大米", "水饺面点", "洗衣液"])
def test_search_finds_exactly_the_products_that_hold_a_chinese_text(products, q):
    held = {row["name"] for row in DEMO if q in " ".join([row["name"], *row.values()])}
    assert held <= set(names(products, q))
    typed = {name for rank, _, name in page(products, q) if rank < 4}
    assert typed <= held


def test_search_pages_by_rank_and_id_without_gaps(products):
    everything = page(products, "n")
    collected: list[tuple[int, int, str]] = []
    while part := page(products, "n", collected[-1][:2] if collected else (-1, 0), limit=7):
        collected += part
    assert collected == everything
    assert len(everything) > 50


def test_search_uses_the_index(products):
    products.execute("SET LOCAL enable_seqscan = off")
    values = searchsql.params(parse_query("可乐"))
    plan = products.execute(f"EXPLAIN SELECT id FROM product WHERE {bound(searchsql.WHERE)}", values).fetchall()
    assert "Bitmap Index Scan on ix_product_search" in "\n".join(line for (line,) in plan)


@pytest.mark.parametrize("q", ["a'b", "\\", "x:*|y", "(", "!", "& |", "<->", "可'乐", "%_", "a" * 500, "长" * 60])
def test_search_takes_hostile_queries(products, q):
    if not parse_query(q).is_empty:
        assert isinstance(page(products, q), list)
