"""The set statements of the catalog: each takes its rows as one JSON array, so their number never shows."""

from __future__ import annotations

from sqlalchemy import text

LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' catalog', 0))")
"""One writer of a shop's catalog at a time: names, codes and barcodes are then checked before they are written."""

KNOWN = text(
    """
    SELECT s.code, s.id AS sku_id, s.product_id, s.spec, s.unit, s.weighed, s.plu, s.list_price_fen, s.member_price_fen,
           s.cost_fen, p.title, p.category_id, p.brand_id, b.name AS brand, p.origin, p.description, p.video_url,
           p.keywords, p.on_shelf,
           ARRAY(SELECT barcode FROM sku_barcode WHERE sku_id = s.id ORDER BY barcode) AS barcodes,
           coalesce((SELECT string_agg(o.spec, ' ' ORDER BY o.id) FROM sku o
                     WHERE o.product_id = p.id AND o.id <> s.id), '') AS other_specs
    FROM sku s JOIN product p ON p.id = s.product_id LEFT JOIN brand b ON b.id = p.brand_id
    WHERE s.code = ANY(:codes)
    """
)

BARCODE_OWNERS = text(
    "SELECT b.barcode, s.code FROM sku_barcode b JOIN sku s ON s.id = b.sku_id"
    " WHERE b.barcode = ANY(:barcodes) AND NOT s.id = ANY(CAST(:besides AS bigint[]))"
)
PLU_OWNERS = text("SELECT plu, code FROM sku WHERE plu = ANY(:plus)")

_SKU_COLUMNS = """spec text, unit text, weighed boolean, plu text, list_price_fen bigint, member_price_fen bigint,
                  cost_fen bigint"""
_PRODUCT_COLUMNS = """title text, category_id bigint, brand_id bigint, origin text, description text, video_url text,
                      keywords text, on_shelf boolean, search text"""

ADD_PRODUCTS = text(
    f"""
    WITH incoming AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS t(code text, {_PRODUCT_COLUMNS}, {_SKU_COLUMNS})
    ), made AS (
        MERGE INTO product AS p USING incoming AS i ON false
        WHEN NOT MATCHED THEN
            INSERT (title, category_id, brand_id, origin, description, video_url, keywords, on_shelf, min_price_fen,
                    search, created_at, updated_at)
            VALUES (i.title, i.category_id, i.brand_id, i.origin, i.description, i.video_url, i.keywords, i.on_shelf,
                    i.list_price_fen, CAST(i.search AS tsvector), :now, :now)
        RETURNING i.code, p.id
    )
    INSERT INTO sku (product_id, code, spec, unit, weighed, plu, list_price_fen, member_price_fen, cost_fen)
    SELECT made.id, i.code, i.spec, i.unit, i.weighed, i.plu, i.list_price_fen, i.member_price_fen, i.cost_fen
    FROM incoming i JOIN made USING (code) ORDER BY made.id
    RETURNING code, id
    """
)

CHANGE_PRODUCTS = text(
    f"""
    UPDATE product p
    SET title = i.title, category_id = i.category_id, brand_id = i.brand_id, origin = i.origin,
        description = i.description, video_url = i.video_url, keywords = i.keywords, on_shelf = i.on_shelf,
        search = coalesce(CAST(i.search AS tsvector), p.search), updated_at = :now
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS i(id bigint, {_PRODUCT_COLUMNS})
    WHERE p.id = i.id
    """
)

CHANGE_SKUS = text(
    f"""
    UPDATE sku s
    SET spec = i.spec, unit = i.unit, weighed = i.weighed, plu = i.plu, list_price_fen = i.list_price_fen,
        member_price_fen = i.member_price_fen, cost_fen = i.cost_fen
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS i(id bigint, {_SKU_COLUMNS})
    WHERE s.id = i.id
    """
)

DROP_BARCODES = text(
    "DELETE FROM sku_barcode WHERE sku_id = ANY(:owners) AND NOT barcode = ANY(CAST(:barcodes AS text[]))"
)
ADD_BARCODES = text(
    """
    INSERT INTO sku_barcode AS b (barcode, sku_id)
    SELECT barcode, sku_id FROM unnest(CAST(:skus AS bigint[]), CAST(:barcodes AS text[])) AS t(sku_id, barcode)
    ON CONFLICT (barcode) DO UPDATE SET sku_id = excluded.sku_id WHERE b.sku_id = ANY(:owners)
    """
)

TOUCH = text(
    """
    UPDATE product p SET min_price_fen = m.low, updated_at = :now
    FROM (SELECT product_id, coalesce(min(list_price_fen) FILTER (WHERE active), min(list_price_fen)) AS low
          FROM sku WHERE product_id = ANY(:products) GROUP BY product_id) AS m
    WHERE p.id = m.product_id
    """
)
"""The products' lowest price anew, and the moment of their change."""

BY_CODE_OR_BARCODE = text(
    """
    SELECT w.position, s.id AS sku_id, s.product_id, s.code, s.unit, s.weighed, s.list_price_fen, s.member_price_fen,
           s.cost_fen
    FROM unnest(CAST(:codes AS text[]), CAST(:barcodes AS text[])) WITH ORDINALITY AS w(code, forms, position)
    JOIN sku s ON s.id = CASE WHEN w.code IS NULL
        THEN (SELECT sku_id FROM sku_barcode WHERE barcode = ANY(string_to_array(w.forms, '|')) LIMIT 1)
        ELSE (SELECT id FROM sku WHERE code = w.code) END
    """
)
"""Each barcode comes with the other forms it may be stored under, split by `|`."""

CHANGE_PRICES = text(
    """
    UPDATE sku s SET list_price_fen = i.list_price_fen, member_price_fen = i.member_price_fen, cost_fen = i.cost_fen
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
         AS i(id bigint, list_price_fen bigint, member_price_fen bigint, cost_fen bigint)
    WHERE s.id = i.id
    """
)

SHELVE = text(
    """
    INSERT INTO stock AS held (store_id, sku_id, shelf_location, updated_at)
    SELECT w.store_id, s.id, w.shelf, :now
    FROM unnest(CAST(:stores AS bigint[]), CAST(:codes AS text[]), CAST(:shelves AS text[])) AS w(store_id, code, shelf)
    JOIN sku s ON s.code = w.code
    ORDER BY w.store_id, s.id
    ON CONFLICT (store_id, sku_id) DO UPDATE SET shelf_location = excluded.shelf_location, updated_at = :now
    WHERE held.shelf_location IS DISTINCT FROM excluded.shelf_location
    RETURNING (SELECT code FROM sku WHERE id = sku_id)
    """
)
STORES = text("SELECT code, id FROM store WHERE code = ANY(:codes)")
