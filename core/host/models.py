from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Id, Json, Moment, Str, db, ref


class Event(db.Model):
    """A domain event, written in the transaction that made it true (outbox)."""

    __tablename__ = "event"

    id: Mapped[Id]
    name: Mapped[Str]
    version: Mapped[int]
    aggregate: Mapped[Str]
    payload: Mapped[Json]
    occurred_at: Mapped[Moment]


class EventDelivery(db.Model):
    """What one consumer still has to do about an event. Rows exist only for consumers that were on when it happened."""

    __tablename__ = "event_delivery"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'done', 'stuck', 'skipped', 'parked')", name="state"),
        Index("ix_event_delivery_due", "consumer", "due_at", "event_id", postgresql_where=text("state = 'pending'")),
        Index("ix_event_delivery_order", "aggregate", "consumer", "event_id", postgresql_where=text("state = 'pending'")),
        Index("ix_event_delivery_kept", "event_id", "consumer", postgresql_where=text("state IN ('stuck', 'parked')")),
    )

    event_id: Mapped[int] = ref("event.id", primary_key=True)
    consumer: Mapped[Str] = mapped_column(primary_key=True)
    aggregate: Mapped[Str]
    state: Mapped[Str] = mapped_column(server_default="pending")
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[Moment]
    last_error: Mapped[Str | None]
    done_at: Mapped[Moment | None]


class PluginSetting(db.Model):
    """What a merchant entered for one plugin; `version` is the `settings_version` it was entered under."""

    __tablename__ = "plugin_setting"

    plugin: Mapped[Str] = mapped_column(primary_key=True)
    version: Mapped[int]
    data: Mapped[Json]
    updated_at: Mapped[Moment]


class PluginFailure(db.Model):
    """What went wrong in a plugin and where (`hook:quote`, `handler:order.paid`, `job:expire`, `route:…`)."""

    __tablename__ = "plugin_failure"

    plugin: Mapped[Str] = mapped_column(primary_key=True)
    place: Mapped[Str] = mapped_column(primary_key=True)
    since: Mapped[Moment]
    last_at: Mapped[Moment]
    count: Mapped[int]
    error: Mapped[Str]
    trace: Mapped[Str]


class PluginJob(db.Model):
    """When a plugin's job runs next in this shop. Rows exist while the plugin is on or closing."""

    __tablename__ = "plugin_job"
    __table_args__ = (Index("ix_plugin_job_next_run", "next_run"),)

    plugin: Mapped[Str] = mapped_column(primary_key=True)
    job: Mapped[Str] = mapped_column(primary_key=True)
    next_run: Mapped[Moment]
    last_run: Mapped[Moment | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[Str | None]
