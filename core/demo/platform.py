"""The demo's operator, who runs the platform that the demo shop is on."""

from __future__ import annotations

from contextlib import suppress

from core.data.demologin import OPERATOR, OPERATOR_NAME, OPERATOR_PASSWORD
from core.operator import accounts
from core.operator.errors import LoginTaken


def appoint() -> None:
    """Make the account once; what people changed about it since stays."""
    with suppress(LoginTaken):
        accounts.create(OPERATOR, OPERATOR_NAME, OPERATOR_PASSWORD)
