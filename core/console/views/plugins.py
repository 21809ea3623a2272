"""The plugin center (插件中心): what each does, the switch, settings, what went wrong, its data."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import marshmallow as ma
from flask import Response, flash, redirect, send_file, url_for
from werkzeug.wrappers import Response as Answer

from core.console.auth import current_staff, requires
from core.console.views import plugin_rows as rows
from core.db import db
from core.host import backlog
from core.services import services
from core.staff import audit
from core.switches import service
from core.switches.errors import NameMismatch, PluginNotOff, PluginSettingsNeeded
from core.ui.describing import plain, secrets
from core.ui.errors import came_from
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.i18n import told
from core.ui.pages import Pages, done, render
from core.web.text import Text
from tenants import export as exports
from tenants.context import current
from tenants.errors import Refusal
from tenants.owner import owning

bp = Pages("console_plugins_pages", __name__)

MANAGE = "plugins.manage"
_DELIVERIES = 20


class PurgeSchema(ma.Schema):
    name = Text(30, required=True, metadata={"label": "插件代号", "help": "照着上面的代号再输入一次"})


@bp.route("/plugin-center")
@requires(MANAGE)
def index() -> str:
    """Every plugin as a card."""
    cards = rows.cards(service.states(), service.trouble())
    return render("console/plugins/index.html", title=_("插件中心"), cards=cards)


@bp.route("/plugin-center/<name>", methods=["GET", "POST"])
@requires(MANAGE)
def show(name: str) -> Answer | str:
    """One plugin; what is posted are its settings."""
    state = service.state(name)
    form = _settings(name) if rows.has_form(state) else None
    if isinstance(form, Answer):
        return form
    waiting = backlog.waiting(None, _DELIVERIES, consumer=name)
    return render(
        "console/plugins/show.html", title=told(state["title"]), plugin=rows.about(state), form=form,
        failures=service.failures_of(name), deliveries=[rows.delivery(row) for row in waiting],
    )


def _settings(name: str) -> Form | Answer:
    with service.settings_schema(name) as schema:
        form = Form(schema, service.settings_form(name)["values"])
        data = form.submitted()
    if data is None:
        return form
    current_staff().check_every_store()
    typed = plain(schema.dump(data))
    hidden = secrets(schema)
    try:
        service.change_settings(name, {k: v for k, v in typed.items() if k not in hidden or v not in ("", None)})
    except Refusal as error:
        form.refuse(error)
        return form
    return done(_("设置已保存"), url_for(".show", name=name))


@bp.route("/plugin-center/<name>/enable", methods=["POST"])
@requires(MANAGE)
def enable(name: str) -> Answer:
    """Switch on; settings that are still needed come first."""
    current_staff().check_every_store()
    try:
        state = service.enable(name)
    except PluginSettingsNeeded:
        flash(_("请先填写带星号的设置并保存，再开启"), "warning")
        return redirect(url_for(".show", name=name, _anchor="settings"), 303)
    return done(_("已开启“%(title)s”", title=told(state["title"])), came_from() or url_for(".index"))


@bp.route("/plugin-center/<name>/disable", methods=["POST"])
@requires(MANAGE)
def disable(name: str) -> Answer:
    """Switch off, or begin to."""
    current_staff().check_every_store()
    state = service.disable(name)
    title = told(state["title"])
    if state["switch"] == "closing":
        return done(_("“%(title)s”正在收尾，完成后自动关闭", title=title), url_for(".show", name=name))
    return done(_("已关闭“%(title)s”，数据仍然保留", title=title), came_from() or url_for(".index"))


@bp.route("/plugin-center/<name>/failures", methods=["POST"])
@requires(MANAGE)
def clear_failures(name: str) -> Answer:
    """Forget what went wrong so far."""
    current_staff().check_every_store()
    service.clear_failures(name)
    return done(_("已清空出错记录；再出错会重新记录"), url_for(".show", name=name))


@bp.route("/plugin-center/<name>/export")
@requires(MANAGE)
def export(name: str) -> Response:
    """Every table of the plugin as a ZIP of CSV files, from one snapshot."""
    current_staff().check_every_store()
    service.state(name)
    audit.record("plugins.export", f"plugin:{name}")
    db.session.commit()
    with TemporaryDirectory() as folder, owning(services().config) as engine:
        path = Path(folder) / "export.zip"
        exports.export(engine, current(), path, prefix=f"{name}_")
        file = path.open("rb")
    answer = send_file(file, "application/zip", as_attachment=True, download_name=f"{current().slug}-{name}.zip")
    answer.call_on_close(file.close)
    return answer


@bp.route("/plugin-center/<name>/purge", methods=["GET", "POST"])
@requires(MANAGE)
def purge(name: str) -> Answer | str:
    """Delete all its data, once its name was typed."""
    state = service.state(name)
    if state["switch"] != "off":
        raise PluginNotOff
    form = Form(PurgeSchema)
    if (data := form.submitted()) is not None:
        current_staff().check_every_store()
        try:
            service.purge(name, data["name"])
        except NameMismatch as error:
            form.refuse(error)
        else:
            return done(_("已删除“%(title)s”的全部数据", title=told(state["title"])), url_for(".index"))
    return render("console/plugins/purge.html", title=_("删除插件数据"), plugin=rows.about(state), form=form)

