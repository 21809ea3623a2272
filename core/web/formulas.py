"""Texts in tables: what a spreadsheet would run as a formula leaves with an apostrophe before it, and comes back without.

A text that already looks disarmed gets one apostrophe more, so that every text comes back as it was.
"""

from __future__ import annotations

import re

_RUNS = re.compile(r"'*[ ]*[=+\-@\t\r\n＝＋－＠]")
_DISARMED = re.compile(r"'+[ ]*[=+\-@\t\r\n＝＋－＠]")


def disarmed(text: str) -> str:
    """The text for a cell of a table that we hand out."""
    return f"'{text}" if _RUNS.match(text) else text


def as_written(text: str) -> str:
    """The text that such a cell stands for."""
    return text[1:] if _DISARMED.match(text) else text
