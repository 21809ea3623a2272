"""Who may run the platform."""

from __future__ import annotations

import marshmallow as ma
from flask import request, url_for
from marshmallow.validate import Length
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from core.clock import now
from core.operator import accounts
from core.operator.domain import MAX_PASSWORD, MIN_PASSWORD
from core.operator.pages.auth import current_operator, operates
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.listing import Action, Cell, Column, Listing, Row
from core.ui.pages import Pages, done, render
from core.web.paging import encode_cursor, word
from core.web.text import Text
from tenants.errors import Refusal

bp = Pages("operator_operators_pages", __name__)
PAGE = 50


def new_password(label: str) -> ma.fields.String:
    """A field for a password that is to be."""
    wrong = f"密码长度应为 {MIN_PASSWORD} 到 {MAX_PASSWORD} 位"
    return ma.fields.String(
        required=True, validate=Length(MIN_PASSWORD, MAX_PASSWORD, error=wrong),
        metadata={"label": label, "help": "至少 12 位", "secret": True, "autocomplete": "new-password"},
    )


class AccountSchema(ma.Schema):
    login = Text(32, required=True, metadata={"label": "登录名", "help": "小写字母、数字、点、下划线或连字符，以字母开头"})
    name = Text(32, required=True, metadata={"label": "姓名", "help": "进店支持时商户会看到"})
    password = new_password("初始密码")


class PasswordSchema(ma.Schema):
    password = new_password("新密码")


ACTS = {
    "disable": (accounts.disable, "已停用，登录和进店支持已全部结束"),
    "enable": (accounts.enable, "已恢复"),
    "remove-code": (accounts.remove_totp, "已清除动态验证码，下次登录只需密码"),
}


@bp.route("/operators")
@operates
def index() -> str:
    columns = [
        Column("name", _("姓名"), wide=True),
        Column("state", _("状态")),
        Column("totp", _("动态验证码"), phone=False),
        Column("seen", _("最近使用"), "moment", phone=False),
    ]
    found = accounts.everybody(word(request.args.get("cursor")) or "", PAGE + 1)
    following = encode_cursor(found[PAGE - 1]["login"]) if len(found) > PAGE else None
    listing = Listing(columns, [_row(row) for row in found[:PAGE]], next=following)
    return render("operator/operators/index.html", title=_("运营账号"), listing=listing)


@bp.route("/operators/new", methods=["GET", "POST"])
@operates
def create() -> Response | str:
    form = Form(AccountSchema)
    data = form.submitted()
    if data is not None:
        try:
            accounts.create(**data, who=current_operator())
            return done(_("已新建运营账号 %(login)s", login=data["login"]), url_for(".index"))
        except Refusal as error:
            form.refuse(error)
    return render("operator/operators/form.html", title=_("新建运营账号"), form=form)


@bp.route("/operators/<login>/password", methods=["GET", "POST"])
@operates
def set_password(login: str) -> Response | str:
    name, form = accounts.name_of(login), Form(PasswordSchema)
    data = form.submitted()
    if data is not None:
        try:
            accounts.set_password(login, data["password"], current_operator())
            return done(_("已更换 %(login)s 的密码", login=login), url_for(".index"))
        except Refusal as error:
            form.refuse(error)
    return render("operator/operators/form.html", title=_("重设 %(login)s 的密码", login=name), form=form)


@bp.route("/operators/<login>/<any('disable', 'enable', 'remove-code'):name>", methods=["POST"])
@operates
def act(login: str, name: str) -> Response:
    run, words = ACTS[name]
    run(login, current_operator())
    return done(_(words), url_for(".index"))


def _row(row: RowMapping) -> Row:
    state, tone = _state(row)
    own = row["login"] == current_operator().login
    cells = {
        "name": Cell(_("%(name)s（我）", name=row["name"]) if own else row["name"], sub=row["login"]),
        "state": Cell(state, tone=tone),
        "totp": Cell(_("已启用"), tone="success") if row["totp"] else Cell(_("仅密码"), tone="warning"),
        "seen": row["seen_at"],
    }
    return Row(cells, row["id"], url_for("operator_account_pages.show") if own else "", () if own else _actions(row))


def _state(row: RowMapping) -> tuple[str, str]:
    if not row["active"]:
        return _("已停用"), "muted"
    if row["locked_until"] is not None and row["locked_until"] > now():
        return _("已锁定"), "warning"
    return _("启用"), "success"


def _actions(row: RowMapping) -> list[Action]:
    login = row["login"]
    found = [Action(_("重设密码"), url_for(".set_password", login=login), tone="plain")]
    if row["totp"]:
        found.append(Action(
            _("清除验证码"), url_for(".act", login=login, name="remove-code"), post=True, tone="plain",
            confirm=_("清除后此账号只凭密码就能登录。请先确认是本人手机遗失。"),
        ))
    if row["active"]:
        found.append(Action(
            _("停用"), url_for(".act", login=login, name="disable"), post=True, tone="plain",
            confirm=_("停用后此账号立即退出，正在进行的进店支持也会结束。"),
        ))
    else:
        found.append(Action(_("恢复"), url_for(".act", login=login, name="enable"), post=True))
    return found
