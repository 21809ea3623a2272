"""The hot statements of orders: however many lines, always the same number of round trips."""

from __future__ import annotations

from sqlalchemy import text

PLACE = text(
    """
    WITH placed AS (
        INSERT INTO orders (number, reference, request_digest, channel, store_id, buyer_id, state, fulfilment,
                            list_fen, goods_fen, shipping_fen, payable_fen, slot_starts_at, slot_ends_at, delivery_to,
                            contact_phone, remark, placed_at, pay_by)
        VALUES (:number, :reference, :digest, 'online', :store, :buyer, 'pending', :fulfilment,
                :list_fen, :goods_fen, :shipping_fen, :payable_fen, :slot_starts_at, :slot_ends_at,
                CAST(:delivery_to AS jsonb), :phone, :remark, :now, :pay_by)
        ON CONFLICT (buyer_id, reference) WHERE channel = 'online' DO NOTHING
        RETURNING id
    ), lines AS (
        INSERT INTO order_line (order_id, position, sku_id, sku_code, title, spec, unit, quantity,
                                list_price_fen, list_fen, payable_fen)
        SELECT placed.id, l.position, l.sku_id, s.code, p.title, s.spec, s.unit, l.quantity,
               l.list_price_fen, l.list_fen, l.payable_fen
        FROM placed, unnest(CAST(:positions AS int[]), CAST(:skus AS bigint[]), CAST(:quantities AS numeric[]),
                            CAST(:unit_prices AS bigint[]), CAST(:list_amounts AS bigint[]), CAST(:payables AS bigint[]))
             AS l(position, sku_id, quantity, list_price_fen, list_fen, payable_fen)
        JOIN sku s ON s.id = l.sku_id JOIN product p ON p.id = s.product_id
    ), steps AS (
        INSERT INTO order_price_step (order_id, price_version, seq, lane, source, rule, rule_version, bearer,
                                      amount_fen, allocation, reason)
        SELECT placed.id, 1, s.seq, s.lane, s.source, s.rule, s.rule_version, s.bearer, s.amount_fen,
               CAST(s.allocation AS bigint[]), s.reason
        FROM placed, jsonb_to_recordset(CAST(:steps AS jsonb))
             AS s(seq int, lane text, source text, rule text, rule_version text, bearer text, amount_fen bigint,
                  allocation text, reason text)
    ), moved AS (
        INSERT INTO order_move (order_id, from_state, to_state, at, actor, actor_id, why)
        SELECT id, NULL, 'pending', :now, 'buyer', :buyer, '提交订单' FROM placed
    )
    SELECT id FROM placed
    """
)

MOVE = text(
    """
    WITH moving AS (
        SELECT id, state FROM orders WHERE id = :order AND state = ANY(:sources) FOR UPDATE
    ), moved AS (
        UPDATE orders o SET state = :target,
            paid_at = CASE WHEN :target = 'paid' THEN :now ELSE o.paid_at END,
            pay_by = CASE WHEN :target = 'paid' THEN NULL ELSE o.pay_by END,
            completed_at = CASE WHEN :target = 'completed' THEN :now ELSE o.completed_at END,
            pickup_code = CASE WHEN :target = 'paid' AND o.fulfilment = 'pickup' THEN :code
                               WHEN :target IN ('completed', 'cancelled') THEN NULL ELSE o.pickup_code END
        FROM moving m WHERE o.id = m.id
        RETURNING o.id, o.number, o.channel, o.store_id, o.buyer_id, o.state, o.fulfilment, o.list_fen, o.goods_fen,
                  o.shipping_fen, o.payable_fen, o.refunded_fen, o.pickup_code, o.slot_starts_at, o.placed_at,
                  o.contact_phone, o.price_version, m.state AS from_state
    ), noted AS (
        INSERT INTO order_move (order_id, from_state, to_state, at, actor, actor_id, why)
        SELECT id, from_state, state, :now, :actor, :actor_id, :why FROM moved
    )
    SELECT * FROM moved
    """
)
