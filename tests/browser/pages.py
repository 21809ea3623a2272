"""Every page there is: where it is, who sees it. `test_every_page.py` opens them all, `screenshots.py` takes their pictures.

A path may name things of the sample shop: `{order}` `{pending}` `{ready}` order numbers, `{product}` `{category}` `{store}`
`{member}` `{person}` (staff) `{run}` (import) ids. `None`: a view that answers no page of its own (a file, a redirect).
"""

from __future__ import annotations

CONSOLE: dict[str, str | None] = {
    "console_components.components": "/console/components",
    "console_session_pages.login": "/console/login",
    "console_session_pages.change_language": None,
    "console_session_pages.choose_store": None,
}

PUBLIC: dict[str, str | None] = {
    "signup_pages.front": "/",
    "signup_pages.sign_up": "/signup",
    "signup_pages.progress": "/signup/{slug}",
}

OPERATOR: dict[str, str | None] = {}

PLUGINS: dict[str, str | None] = {}
