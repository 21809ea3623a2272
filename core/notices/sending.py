"""One subscribe message to one shopper who granted it (订阅消息, wechat.md §5.5)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import text

from core.db import db
from core.payments import profiles
from core.payments.errors import NotConfigured
from core.plugin import NotYet
from core.wechat import errors as wechat
from core.wechat.client import SubscribeMessage

_GRANT = text(
    """
    SELECT i.appid, i.openid FROM message_grant g JOIN buyer_identity i ON i.buyer_id = g.buyer_id
    WHERE g.buyer_id = :buyer AND g.template = :template AND g.remaining > 0 ORDER BY i.appid LIMIT 1
    """
)
_SPEND = text(
    "UPDATE message_grant SET remaining = CASE WHEN :all THEN 0 ELSE greatest(remaining - 1, 0) END"
    " WHERE template = :template AND buyer_id = :buyer"
)


def send(buyer_id: int, template: str, values: Mapping[str, str], page: str) -> bool:
    """Send it if the shopper granted one, and spend the grant in the current transaction; False when nothing was sent.

    A refusal by the shopper spends every grant and is no failure. Raises NotYet while WeChat can't be reached.
    """
    if not template:
        return False
    grant = db.session.execute(_GRANT, {"buyer": buyer_id, "template": template}).first()
    if grant is None:
        return False
    refused = False
    try:
        message = SubscribeMessage(openid=grant.openid, template_id=template, values=values, page=page)
        profiles.weixin(grant.appid).send_subscribe_message(message)
    except NotConfigured:
        return False
    except wechat.NotSubscribed:
        refused = True
    except wechat.Retryable as error:
        raise NotYet(str(error)) from error
    db.session.execute(_SPEND, {"buyer": buyer_id, "template": template, "all": refused})
    return not refused


class BuyerNotices:
    """The core's `Notices` (core.plugin.ports)."""

    def send(self, buyer_id: int, template: str, values: Mapping[str, str], page: str) -> bool:
        return send(buyer_id, template, values, page)
