"""A small product of its own for these tests: authors and their notes, with a history of two revisions."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import CheckConstraint, ForeignKey, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from tenants import history as histories
from tenants.db import NAMING, IdMixin
from tenants.history import History

LOCATION = Path(__file__).parent / "history"


class NotesBase(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class Author(IdMixin, NotesBase):
    __tablename__ = "author"

    name: Mapped[str] = mapped_column(Text)
    notes: Mapped[list[Note]] = relationship(back_populates="author")


class Note(IdMixin, NotesBase):
    __tablename__ = "note"

    author_id: Mapped[int] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(Text)
    mood: Mapped[str] = mapped_column(Text, server_default="50% it's :x")
    author: Mapped[Author] = relationship(back_populates="notes")


class Tag(NotesBase):
    __tablename__ = "tag"
    __table_args__ = (CheckConstraint("word LIKE '%a%' OR word <> ''", name="word"),)

    note_id: Mapped[int] = mapped_column(ForeignKey("note.id", ondelete="CASCADE"), primary_key=True)
    word: Mapped[str] = mapped_column(Text, primary_key=True)


def history_until(folder: Path, *revisions: str) -> History:
    """The notes' history, rendered in `folder`, with only the named revisions."""
    versions = folder / "versions"
    versions.mkdir(parents=True)
    for revision in revisions:
        (source,) = (LOCATION / "versions").glob(f"{revision}_*.py")
        shutil.copy(source, versions)
    history = History.at("notes", folder, NotesBase.metadata)
    histories.write_rendered(history)
    return history
