"""积分: earning, spending, gift shop, sign-in and membership levels (domain-rules §2.6 PT-1 … PT-10)."""

from __future__ import annotations

from pathlib import Path

from core.plugin import Job, Permission, Plugin

from . import hooks
from .console import blp as console
from .handlers import HANDLERS
from .jobs import award_due, expire, remind, review_levels
from .messages import AUDIT_WORDS, say
from .models import Base
from .pages import bp as pages
from .settings import PointsSettings
from .store import blp as store

plugin = Plugin(
    name="points",
    title=say("title"),
    summary=say("summary"),
    version="1.0.0",
    api="0.9",
    settings=PointsSettings,
    permissions=(
        Permission("points.view", say("permission.points.view"), ("manager", "clerk")),
        Permission("points.manage", say("permission.points.manage"), ("manager",)),
        Permission("points.adjust", say("permission.points.adjust"), ("manager",)),
    ),
    storefront=store,
    console=console,
    pages=pages,
    audit_words=AUDIT_WORDS,
    icon="star",
    tables=Base,
    migrations=Path(__file__).parent / "migrations",
    hooks=hooks,
    handlers=HANDLERS,
    jobs=(
        Job("award_due", 60, award_due),
        Job("expire", 300, expire),
        Job("remind", 600, remind),
        Job("review_levels", 3600, review_levels),
    ),
)
