"""Who works in the demo shop beside its owner: a manager and two tills, each in a store of their own."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import text

from core.db import db
from core.staff import people

PASSWORD = "jishi-demo"


class Colleague(NamedTuple):
    """A login of the demo shop; public, as the shop exists in development only."""

    name: str
    phone: str
    role: str
    store_code: str

    @property
    def login(self) -> str:
        """How the table of logins shows it."""
        return f"{self.phone} / {PASSWORD}"


TEAM = (
    Colleague("店长", "19900000011", "manager", "XT01"),
    Colleague("收银一号", "19900000012", "clerk", "XT02"),
    Colleague("收银二号", "19900000013", "clerk", "XT03"),
)

_TEAM_THERE = text("SELECT EXISTS (SELECT 1 FROM staff WHERE phone = ANY(CAST(:phones AS text[])))")
_STORES = text("SELECT code, id FROM store")


def hire() -> None:
    """Make the accounts once; when one of them is there people have the say. Commits."""
    if db.session.execute(_TEAM_THERE, {"phones": [one.phone for one in TEAM]}).scalar_one():
        db.session.rollback()
        return
    stores = dict(db.session.execute(_STORES).all())
    for one in TEAM:
        account = {"phone": one.phone, "name": one.name, "password": PASSWORD, "role": one.role}
        people.insert(account, [stores[one.store_code]])
    db.session.commit()
