"""The SQL of product search: one `tsvector` column, one core GIN index, no extension.

Measured on 25,000 Chinese products made of the demo's names (78 lexemes each), PostgreSQL 18, locale C.UTF-8, in
milliseconds for counting the hits, beside LIKE over a pg_trgm index and an array of n-grams with LIKE behind it:

    two characters, 619 hits        0.8    39.5     1.7     (two characters make no trigram)
    one character, 3,943 hits       2.6    35.5     8.5
    four characters, 354 hits       0.4     0.8     1.2
    initials, 354 hits              0.4     1.0     1.3
    pinyin, 1,178 hits              1.4     5.9     4.3
    table and index, MB              83      46      99

A ranked page of 20 takes 1.5 to 4 ms for a word, 13 ms for one character, 59 ms for a letter that 21,592 products hold.

The fragments speak of `product.search`; their parameters come from `params(query)`. Rank 0 is the whole title, 1 its
head, 2 the title, 3 brand and keywords, 4 anything else; within a rank the id decides, so that (rank, id) is a stable
key for paging.
"""

from __future__ import annotations

from core.catalog.searchtext import SearchQuery

COLUMN_DDL = "ALTER TABLE product ADD COLUMN search tsvector NOT NULL DEFAULT ''"
INDEX_DDL = "CREATE INDEX ix_product_search ON product USING gin (search)"

STORE = "CAST(:vector AS tsvector)"
"""The value of `product.search` from `SearchDocument.vector` (of many rows: cast the unnested text)."""

WHERE = "product.search @@ CAST(:search_match AS tsquery)"

RANK = """CASE
 WHEN product.search @@ CAST(:search_whole AS tsquery) THEN 0
 WHEN product.search @@ CAST(:search_head AS tsquery) THEN 1
 WHEN product.search @@ CAST(:search_titled AS tsquery) THEN 2
 WHEN product.search @@ CAST(:search_named AS tsquery) THEN 3
 ELSE 4 END"""

PAGE = f"""SELECT id, rank FROM (SELECT product.id, {RANK} AS rank FROM product WHERE {WHERE}) AS hit
 WHERE (rank, id) > (:after_rank, :after_id) ORDER BY rank, id LIMIT :limit"""
"""The shape of a page; the first one is asked for with after_rank = -1, after_id = 0. Other filters join WHERE."""

CODE_LOOKUP = """SELECT sku.id FROM sku WHERE sku.code = ANY(:codes)
 UNION SELECT sku_id FROM sku_barcode WHERE barcode = ANY(:codes)"""
"""SKUs that carry one of `SearchQuery.codes`: asked first, and when it answers the text need not be searched."""


def params(query: SearchQuery) -> dict[str, str]:
    """Parameters of WHERE, RANK and PAGE. The query must not be empty."""
    return {
        "search_match": query.match,
        "search_whole": query.whole,
        "search_head": query.head,
        "search_titled": query.titled,
        "search_named": query.named,
    }
