"""What became of an imported file: counts, and every error up to a cap, for the console and as a file for Excel."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass, field
from typing import Any

from core.imports.batches import Batch
from core.imports.errors import RowError
from core.imports.messages import say
from core.web.formulas import disarmed

ERROR_CAP = 1_000

_COLUMNS = ("line", "column", "value", "code", "message")


@dataclass(slots=True)
class ImportReport:
    """Rows by outcome; `failed` counts lines, `errors` findings (a line may have several), `more` those beyond the cap.

    `ignored_columns` are columns that no field knows; `stopped` says that the file was not read to its end.
    """

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    errors: list[RowError] = field(default_factory=list)
    more: int = 0
    ignored_columns: list[str] = field(default_factory=list)
    stopped: bool = False
    cap: int = ERROR_CAP

    @property
    def total(self) -> int:
        return self.new + self.updated + self.unchanged + self.failed

    def add_batch(self, batch: Batch) -> None:
        """Takes over what the reader found; what the service did with the rows comes by `count` and `add_errors`."""
        self.add_errors(batch.errors)
        self.ignored_columns = sorted({*self.ignored_columns, *batch.ignored})
        self.stopped = self.stopped or batch.stopped

    def count(self, *, new: int = 0, updated: int = 0, unchanged: int = 0) -> None:
        self.new += new
        self.updated += updated
        self.unchanged += unchanged

    def add_errors(self, errors: list[RowError]) -> None:
        """Errors of one batch: the findings of a line must come in one call, for a line fails once."""
        self.failed += len({error.line for error in errors})
        room = max(0, self.cap - len(self.errors))
        self.errors.extend(errors[:room])
        self.more += len(errors[room:])

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        plain = asdict(self)
        del plain["cap"]
        return {"total": self.total, **plain}

    def to_csv(self) -> bytes:
        """The errors as CSV that Excel opens as UTF-8; cells that Excel would run as a formula are disarmed."""
        return errors_csv(self.errors, self.more)


def errors_csv(errors: list[RowError], more: int = 0) -> bytes:
    """`errors` with Chinese headers, UTF-8 with BOM; `more` adds a last line about errors that aren't listed."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([say(f"report_{column}") for column in _COLUMNS])
    for error in errors:
        writer.writerow([safe_cell(getattr(error, column)) for column in _COLUMNS])
    if more:
        writer.writerow(["", "", "", "", say("report_more", more=more)])
    return text.getvalue().encode("utf-8-sig")


def safe_cell(value: object) -> object:
    """A cell that a spreadsheet shows as text: a leading formula sign gets an apostrophe before it."""
    return disarmed(value) if isinstance(value, str) else value
