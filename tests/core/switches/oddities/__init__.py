"""Plugins that get in each other's way, and two whose migrations go wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import marshmallow as ma
from sqlalchemy.orm import Mapped

from core.plugin import Plugin
from core.plugin.data import Id, tables
from core.plugin.web import Text

HERE = Path(__file__).parent
COMMON = {"title": "怪", "summary": "测试用", "version": "1.0.0", "api": "0.9"}


class TokenSettings(ma.Schema):
    token = Text(64, required=True, metadata={"label": "令牌", "secret": True})


def leave(data, from_version):
    """What no plugin should do."""
    sys.exit(from_version)


needy = Plugin(name="needy", requires=("dummy",), **COMMON)
rival = Plugin(name="rival", conflicts=("dummy",), **COMMON)
moody = Plugin(name="moody", settings=TokenSettings, settings_version=2, upgrade_settings=leave, **COMMON)
asking = Plugin(name="asking", settings=TokenSettings, **COMMON)

BrokenBase, SlyBase = tables("broken"), tables("sly")


class BrokenThing(BrokenBase):
    __tablename__ = "broken_thing"

    id: Mapped[Id]


class SlyThing(SlyBase):
    __tablename__ = "sly_thing"

    id: Mapped[Id]


broken = Plugin(name="broken", tables=BrokenBase, migrations=HERE / "broken", **COMMON)
sly = Plugin(name="sly", tables=SlyBase, migrations=HERE / "sly", **COMMON)
