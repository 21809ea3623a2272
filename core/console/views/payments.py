"""How the shop is paid (收款): its mini-programs and merchant account, each asked of WeChat before it counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import marshmallow as ma
from flask import abort, request, url_for
from werkzeug.wrappers import Response

from core.clock import now
from core.console.auth import requires
from core.console.views import payment_forms as forms
from core.db import db
from core.errors import Invalid
from core.payments import accounts, check, profiles, showing, typed
from core.payments.heard import notifications
from core.payments.verdicts import Step
from core.staff import audit
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, done, render
from tenants.errors import Refusal

bp = Pages("console_payments_pages", __name__)

EDIT = "payments.edit"
SOON_DAYS = 30
_FIELDS = {
    "private_key": "private_key_pem",
    "apiv3_key": "apiv3_key",
    "platform_key": "wxpay_public_key_id",
    "answer": "wxpay_public_key_id",
    "appid": "appid",
    "app_secret": "secret",
    "decrypt": "apiv3_key",
}
"""Where a step of the check shows on the form."""


@bp.route("/payments")
@requires(EDIT)
def index() -> str:
    """What is entered, without a secret."""
    return _overview([])


@bp.route("/payments/check", methods=["POST"])
@requires(EDIT)
def check_stored() -> str:
    """Ask WeChat about the keys that are in force."""
    entered = showing.entered()
    if entered is None:
        abort(404)
    steps = check.check_profile(entered.values)
    _note_check("payment_profile", steps)
    return _overview(steps)


@bp.route("/payments/apps/<appid>/check", methods=["POST"])
@requires(EDIT)
def check_app(appid: str) -> str:
    """Ask WeChat about the secret of a mini-program."""
    secret = profiles.app_secret(appid)
    db.session.rollback()
    return _overview(check.check_app(appid, secret), appid)


@bp.route("/payments/apps/new", methods=["GET", "POST"])
@bp.route("/payments/apps/<appid>", methods=["GET", "POST"])
@requires(EDIT)
def app(appid: str = "") -> Response | str:
    """A mini-program; a secret that is left empty stays as it is."""
    stored = next((dict(row) for row in showing.apps() if row["appid"] == appid), None)
    if appid and stored is None:
        abort(404)
    form = Form(forms.AppSchema, stored or {}, only=("name", "secret") if stored else None)
    kept = forms.Kept(request.form.get("kept", ""))
    steps: list[Step] = []
    if (data := form.submitted()) is not None:
        kept.fill(data)
        data = {"appid": appid} | data
        try:
            steps = _try_app(data, bool(stored))
            if not _wrong(steps):
                return _app_done(data, kept)
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
    if request.method == "POST":
        _beside_fields(form, steps)
        kept.renew(form)
    return render(
        "console/payments/app.html", title=_("小程序"), form=form, app=stored, steps=steps, kept=kept, where=forms.WHERE
    )


def _try_app(data: dict[str, Any], stored: bool) -> list[Step]:
    """Check what was typed unless that is not wanted, and store it unless it is wrong; commits nothing."""
    if not data["secret"]:
        if not stored:
            raise Invalid(_("首次设置必须填写 AppSecret"), field="secret")
        profiles.rename_app(data["appid"], data["name"])
        return []
    db.session.rollback()
    steps = check.check_app(data["appid"], data["secret"]) if _wants_check() else []
    if not _wrong(steps):
        profiles.save_app(data["appid"], data["secret"], data["name"])
    return steps


def _app_done(data: dict[str, Any], kept: forms.Kept) -> Response:
    audit.record("payments.app", f"app:{data['appid']}")
    db.session.commit()
    typed.drop(kept.number)
    return done(_("小程序“%(name)s”已保存", name=data["name"]), url_for(".index"))


@bp.route("/payments/account", methods=["GET", "POST"])
@requires(EDIT)
def account() -> Response | str:
    """The merchant account; `?mode=partner` for one below the platform's."""
    entered, provider = showing.entered(), showing.has_provider()
    mode = request.args.get("mode") or (entered.values["mode"] if entered else "direct")
    if mode != "direct" and not provider:
        abort(404)
    form = Form(forms.ProfileFormSchema if mode == "direct" else forms.PartnerFormSchema, _first_values(entered))
    kept, steps = forms.Kept(request.form.get("kept", "")), []
    if (data := form.submitted()) is not None:
        kept.fill(data)
        try:
            wanted = forms.profile_data(data, mode)
            steps = check.check_profile(dict(wanted)) if _wants_check() else []
            if not _wrong(steps):
                return _account_done(wanted, steps, kept)
        except ma.ValidationError as error:
            form.refuse_all(error.normalized_messages())
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
    if request.method == "POST":
        _beside_fields(form, steps)
        kept.renew(form)
    return render(
        "console/payments/account.html", title=_("微信支付商户号"), form=form, mode=mode, provider=provider, kept=kept,
        prints=entered.prints if entered else {}, steps=steps, where=forms.WHERE,
    )


def _account_done(wanted: dict[str, Any], steps: Sequence[Step], kept: forms.Kept) -> Response:
    version = accounts.keep_profile(wanted)
    row = showing.payment_profile()
    audit.record("payments.profile", f"payment_profile:{version}", mode=row["mode"], mchid=row["mchid"])
    db.session.commit()
    typed.drop(kept.number)
    if steps:
        _note_check("payment_profile", steps)
        return done(_told(steps), url_for(".index"))
    return done(_("已保存。建议再点一次“检测”，确认能收款"), url_for(".index"))


def _told(steps: Sequence[Step]) -> str:
    open_ = {step.step for step in steps if step.ok is None}
    if not open_:
        return _("微信确认密钥全部正确，已保存，可以收款了")
    if open_ == {"decrypt"}:
        return _("微信确认商户号、证书和公钥正确，已保存；APIv3 密钥要等第一笔付款的通知来确认")
    return _("已保存，但微信没有答复全部问题：请稍后再点一次“检测”")


def _first_values(entered: showing.Entered | None) -> dict[str, Any]:
    if entered is not None:
        return forms.shown(entered.values)
    apps = showing.apps()
    return {"appid": apps[0]["appid"]} if apps else {}


def _beside_fields(form: Form, steps: Sequence[Step]) -> None:
    """Say at the fields what WeChat did not like about them."""
    names = {control.name for control in form.controls}
    for step in steps:
        field = _FIELDS.get(step.step, "")
        if step.ok is False and field in names:
            form.errors.setdefault(field, step.message)


def _wants_check() -> bool:
    return request.form.get("act") != "unchecked"


def _wrong(steps: Sequence[Step]) -> bool:
    return any(step.ok is False for step in steps)


def _note_check(target: str, steps: Sequence[Step]) -> None:
    """That WeChat was asked, and whether it found something wrong."""
    audit.record("payments.check", target, ok=not _wrong(steps))
    db.session.commit()


def _overview(steps: Sequence[Step], checked_app: str = "") -> str:
    entered = showing.entered()
    until = entered.certs_until if entered else None
    return render(
        "console/payments/index.html", title=_("收款"), apps=showing.apps(), entered=entered, steps=steps,
        checked_app=checked_app, provider=showing.has_provider(), where=forms.WHERE,
        heard=notifications() if entered else None,
        days_left=(until - now()).days if until else None, soon=SOON_DAYS,
    )
