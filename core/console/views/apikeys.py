"""Keys for other programs (开放接口): the list, a new one with its scopes, shown once, and revoking."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import request, url_for
from marshmallow.validate import Length, OneOf
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from core.console.auth import current_staff, requires
from core.db import db
from core.openkeys import service
from core.openkeys.domain import SCOPES
from core.staff import audit
from core.ui import reveal
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.i18n import lazy_gettext as _l
from core.ui.i18n import told
from core.ui.listing import Action, Cell, Column, Empty, Listing, Row
from core.ui.pages import Pages, done, render
from core.web.paging import encode_cursor, integer
from core.web.text import Text

bp = Pages("console_apikeys_pages", __name__)
EDIT = "apikeys.edit"
PAGE = 20

SCOPE_WORDS = {
    "catalog:read": _l("看商品、分类、价格。给网站、比价、报表程序。"),
    "catalog:write": _l("改商品资料和价格。给 ERP，请只给信得过的程序。"),
    "stock:read": _l("看每家门店的库存数量。"),
    "stock:write": _l("入库、盘点，会改变可售数量。给收银机或 ERP。"),
    "members:read": _l("看会员资料和手机号，属于个人信息，请谨慎。"),
    "members:write": _l("改会员资料。"),
    "orders:read": _l("看订单和金额。"),
    "orders:write": _l("上传线下收银订单。给收银机。"),
}


class KeySchema(ma.Schema):
    name = Text(64, required=True, metadata={"label": "名称", "help": "写明给谁用，例如“中兴店收银机”"})
    scopes = ma.fields.List(
        ma.fields.String(validate=OneOf(sorted(SCOPES))), required=True,
        validate=Length(1, len(SCOPES), error="请至少勾选一项权限"), metadata={"label": "允许做什么"},
    )


@bp.route("/apikeys")
@requires(EDIT)
def index() -> str:
    """The living ones first."""
    keys = service.page(PAGE + 1, integer(request.args.get("cursor")))
    create = Action(_("新建密钥"), url_for(".create"), "plus", tone="primary")
    columns = (
        Column("name", _("名称")), Column("scopes", _("允许做什么"), wide=True, phone=False),
        Column("made", _("创建时间"), "moment", phone=False), Column("state", _("状态")),
    )
    empty = Empty(_("还没有密钥"), _("收银机、ERP 等其他程序要和这家店铺交换数据时，给每个程序建一个密钥。"), "api", create)
    following = encode_cursor(keys[PAGE - 1]["id"]) if len(keys) > PAGE else None
    listing = Listing(columns, [_row(key) for key in keys[:PAGE]], next=following, empty=empty)
    return render("console/apikeys/index.html", title=_("开放接口"), listing=listing, create=create)


def _row(key: RowMapping) -> Row:
    scopes = _("、").join(told(SCOPES.get(scope, scope)) for scope in key["scopes"])
    if key["revoked_at"] is not None:
        state, do = Cell(_("已吊销"), tone="muted"), []
    else:
        state, do = Cell(_("可用"), tone="success"), [Action(
            _("吊销"), url_for(".revoke", key_id=key["id"]), post=True,
            confirm=_("吊销后，用它的程序马上连不上店铺，而且不能恢复。确定吊销？"),
        )]
    return Row({"name": Cell(key["name"], sub=f"…{key['hint']}"), "scopes": scopes, "made": key["created_at"],
                "state": state}, id=key["id"], actions=do)


@bp.route("/apikeys/new", methods=["GET", "POST"])
@requires(EDIT)
def create() -> Response | str:
    """A name, and what it may do."""
    form = Form(KeySchema, choices={"scopes": [(scope, told(label)) for scope, label in SCOPES.items()]})
    data = form.submitted()
    if data is not None:
        return _made(data)
    return render("console/apikeys/new.html", title=_("新建密钥"), form=form, words=SCOPE_WORDS)


def _made(data: dict[str, Any]) -> Response:
    row, key = service.create_key(data["name"], data["scopes"])
    audit.record("apikeys.create", f"api_key:{row['id']}", scopes=row["scopes"])
    number = reveal.keep(current_staff().session_id, key=key, name=row["name"])
    db.session.commit()
    return done(_("密钥已生成，请马上保存"), url_for(".show", shown=number))


@bp.route("/apikeys/key")
@requires(EDIT)
def show() -> str:
    """The key, this once."""
    shown = reveal.take(current_staff().session_id, request.args.get("shown"))
    return render("console/apikeys/show.html", title=_("新密钥"), shown=shown)


@bp.route("/apikeys/<id:key_id>/revoke", methods=["POST"])
@requires(EDIT)
def revoke(key_id: int) -> Response:
    """Refused within two seconds, for ever."""
    service.revoke_key(key_id)
    audit.record("apikeys.revoke", f"api_key:{key_id}")
    db.session.commit()
    return done(_("密钥已吊销"), url_for(".index"))
