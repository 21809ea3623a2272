from __future__ import annotations

from sqlalchemy import delete, func, select, update

from core.plugin import Adjustment, Claim, Lane, NavItem, Offer, Panel, Refused, hookimpl, shop
from core.plugin.data import session as database

from .models import Stamp


def _unspent(session, buyer_id):
    wanted = select(func.count()).where(Stamp.buyer_id == buyer_id, Stamp.spent_on.is_(None))
    return session.scalar(wanted)


@hookimpl
def product_offers(products):
    return {product.product_id: [Offer("集章")] for product in products}


@hookimpl
def load_for_cart(ctx, cart):
    if ctx.buyer_id is None or cart.choices.get("stamps", {}).get("use") is not True:
        return None
    return shop().settings("stamps")["worth_fen"] if _unspent(database, ctx.buyer_id) else None


@hookimpl
def quote(cart, lane, terms):
    if lane is not Lane.CREDIT:
        return []
    return [Adjustment("stamp", "印章抵扣", discount_fen=min(terms, cart.goods_fen))]


@hookimpl
def claim_for_order(session, order):
    if not order.steps:
        return []
    free = select(Stamp.id).where(Stamp.buyer_id == order.buyer_id, Stamp.spent_on.is_(None)).limit(1).with_for_update()
    taken = update(Stamp).where(Stamp.id.in_(free)).values(spent_on=order.order_id).returning(Stamp.id)
    stamp = session.scalar(taken)
    if stamp is None:
        raise Refused("stamps_gone", "印章已用完")
    return [Claim("stamp", str(stamp))]


@hookimpl
def order_panels(orders):
    ids = [order.order_id for order in orders]
    stamped = database.scalars(select(Stamp.order_id).where(Stamp.order_id.in_(ids)))
    return {order_id: Panel("集章", (("印章", "1"),)) for order_id in stamped}


@hookimpl
def console_nav():
    return [NavItem("集章", "/stamps", "stamps.view")]


@hookimpl
def buyer_data(session, buyer_id):
    return {"stamps": [at.isoformat() for at in session.scalars(select(Stamp.at).where(Stamp.buyer_id == buyer_id))]}


@hookimpl
def erase_buyer(session, buyer_id):
    session.execute(delete(Stamp).where(Stamp.buyer_id == buyer_id))


@hookimpl
def merge_buyers(session, from_id, to_id):
    session.execute(update(Stamp).where(Stamp.buyer_id == from_id).values(buyer_id=to_id))
