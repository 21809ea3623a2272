from __future__ import annotations

import marshmallow as ma
from sqlalchemy import func, select

from core.plugin.data import session
from core.plugin.pages import Form, Pages, done, render, url_for
from core.plugin.web import requires

from .models import Stamp

bp = Pages("stamps_pages", __name__)


class NoteForm(ma.Schema):
    note = ma.fields.String(required=True, metadata={"label": "备注"})


@bp.route("/stamps", methods=["GET", "POST"])
@requires("stamps.view")
def stamps():
    """How many there are."""
    form = Form(NoteForm)
    if form.submitted() is not None:
        return done("已保存", url_for(".stamps"))
    count = session.scalar(select(func.count()).select_from(Stamp))
    return render("stamps/stamps.html", title="集章", count=count, form=form)
