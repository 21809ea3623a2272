"""The set statements behind a bulk call."""

from __future__ import annotations

from sqlalchemy import text

LOOK_UP = text(
    """
    SELECT 'store' AS kind, code AS key, id, NULL AS digest, NULL AS number
    FROM store WHERE code = ANY(CAST(:stores AS text[]))
    UNION ALL SELECT 'member', member_no, id, NULL, NULL
    FROM buyer WHERE member_no = ANY(CAST(:members AS text[]))
    UNION ALL SELECT 'sku', code, id, NULL, NULL FROM sku WHERE code = ANY(CAST(:skus AS text[]))
    UNION ALL SELECT 'barcode', barcode, sku_id, NULL, NULL
    FROM sku_barcode WHERE barcode = ANY(CAST(:barcodes AS text[]))
    UNION ALL SELECT 'order', reference, id, request_digest, number
    FROM orders WHERE reference = ANY(CAST(:orders AS text[])) AND channel <> 'online'
    """
)

ORDERS = text(
    """
    WITH placed AS (
        INSERT INTO orders (number, reference, request_digest, channel, store_id, buyer_id, state, fulfilment,
                            list_fen, goods_fen, payable_fen, placed_at, paid_at, completed_at)
        SELECT number, reference, digest, channel, store_id, buyer_id, 'completed', 'counter',
               list_fen, payable_fen, payable_fen, placed_at, placed_at, placed_at
        FROM unnest(CAST(:numbers AS text[]), CAST(:references AS text[]), CAST(:digests AS text[]),
                    CAST(:channels AS text[]), CAST(:stores AS bigint[]), CAST(:buyers AS bigint[]),
                    CAST(:lists AS bigint[]), CAST(:payables AS bigint[]), CAST(:moments AS timestamptz[]))
             AS s(number, reference, digest, channel, store_id, buyer_id, list_fen, payable_fen, placed_at)
        ORDER BY reference
        ON CONFLICT (reference) WHERE channel <> 'online' DO NOTHING
        RETURNING id, reference, channel
    ), noted AS (
        INSERT INTO order_move (order_id, from_state, to_state, at, actor, actor_id, why)
        SELECT id, NULL, 'completed', :now, :actor, :actor_id,
               CASE channel WHEN 'pos' THEN '收银上传' ELSE '历史订单' END
        FROM placed
    )
    SELECT id, reference FROM placed
    """
)

LINES = text(
    """
    INSERT INTO order_line (order_id, position, sku_id, sku_code, title, spec, unit, quantity, list_fen, payable_fen)
    SELECT l.order_id, l.position, l.sku_id, s.code, p.title, s.spec, s.unit, l.quantity, l.list_fen, l.payable_fen
    FROM unnest(CAST(:orders AS bigint[]), CAST(:positions AS int[]), CAST(:skus AS bigint[]),
                CAST(:quantities AS numeric[]), CAST(:lists AS bigint[]), CAST(:payables AS bigint[]))
         AS l(order_id, position, sku_id, quantity, list_fen, payable_fen)
    JOIN sku s ON s.id = l.sku_id JOIN product p ON p.id = s.product_id
    ORDER BY l.order_id, l.position
    """
)

STEPS = text(
    """
    INSERT INTO order_price_step (order_id, price_version, seq, lane, source, rule, bearer, amount_fen, allocation,
                                  reason)
    SELECT order_id, 1, seq, lane, source, rule, bearer, amount_fen, CAST(allocation AS bigint[]), reason
    FROM unnest(CAST(:orders AS bigint[]), CAST(:seqs AS int[]), CAST(:lanes AS text[]), CAST(:sources AS text[]),
                CAST(:rules AS text[]), CAST(:bearers AS text[]), CAST(:amounts AS bigint[]),
                CAST(:allocations AS text[]), CAST(:reasons AS text[]))
         AS s(order_id, seq, lane, source, rule, bearer, amount_fen, allocation, reason)
    """
)
