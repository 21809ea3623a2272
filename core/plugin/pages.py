"""Pages of a plugin in the merchant's console: Jinja and Python, drawn with the console's own parts.

A blueprint made by `Pages` appears under `/console/plugins/<name>/`; its templates lie in `templates/<name>/` beside the
module, begin with `{% extends "console/layout.html" %}` and have the parts at hand as `ui`. Every view names its
permission with `core.plugin.web.requires`; `/console/components` shows every part.
"""

from __future__ import annotations

from flask import Blueprint, abort, flash, request, url_for
from werkzeug.wrappers import Response

from core.ui import pages as kit
from core.ui.charts import Chart, Series
from core.ui.forms import Form
from core.ui.i18n import gettext, lazy_gettext
from core.ui.listing import Action, Cell, Column, Empty, Filter, Listing, Row
from core.ui.pages import done, render

__all__ = [
    "Action",
    "Cell",
    "Chart",
    "Column",
    "Empty",
    "Filter",
    "Form",
    "Listing",
    "Pages",
    "Response",
    "Row",
    "Series",
    "abort",
    "done",
    "flash",
    "gettext",
    "lazy_gettext",
    "render",
    "request",
    "url_for",
]


def Pages(name: str, import_name: str) -> Blueprint:  # noqa: N802 - stands where a class is expected
    """A blueprint of pages, called `<plugin>_pages`; routes may use `<id:…>`. `templates/` beside the module is its own."""
    return kit.Pages(name, import_name, template_folder="templates")
