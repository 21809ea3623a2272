"""Two languages: the texts in the code are Chinese, English is a translation (`translations/en`)."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_locale, get_translations, gettext, lazy_gettext, ngettext

from core.clock import SHOP_ZONE

__all__ = ["LANGUAGES", "add_folder", "gettext", "lazy_gettext", "ngettext", "register"]

LANGUAGES = {"zh": "中文", "en": "English"}
COOKIE = "jishi-lang"
_FOLDER = Path(__file__).parents[1] / "translations"


def register(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(_FOLDER)
    Babel(app, default_locale="zh", default_timezone=SHOP_ZONE.key, locale_selector=_language)
    app.jinja_env.globals.update(languages=LANGUAGES, language=language)


def add_folder(app: Flask, folder: Path) -> None:
    """Texts of a plugin, for an app with languages; what the product itself translates stays as it is."""
    if folder.is_dir() and "babel" in app.extensions:
        app.extensions["babel"].translation_directories.insert(0, str(folder))


def language() -> str:
    """`zh` or `en`."""
    return str(get_locale() or "zh").partition("_")[0]


def _language() -> str:
    if not has_request_context():
        return "zh"
    chosen = g.get("language") or request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else "zh"


def told(message: Any) -> str:
    """A message that was made without a translation in mind, in the reader's language where there is one.

    Messages with figures and names in them are known as patterns: `最多 80 个` as `最多 {} 个`.
    """
    text = str(message)
    if not text or language() == "zh":
        return text
    found = gettext(text)
    return found if found != text else _by_pattern(language(), text)


@lru_cache(4096)
def _by_pattern(_language: str, text: str) -> str:
    for pattern, translation in _patterns(_language):
        if match := pattern.fullmatch(text):
            return translation.format(*match.groups())
    return text


@cache
def _patterns(_language: str) -> list[tuple[re.Pattern[str], str]]:
    """The longest first: of two that fit, it says more."""
    known = {str(key): value for key, value in get_translations()._catalog.items() if "{}" in str(key)}
    return [
        (re.compile("(.+?)".join(map(re.escape, key.split("{}"))), re.DOTALL), value)
        for key, value in sorted(known.items(), key=lambda pair: -len(pair[0]))
    ]
