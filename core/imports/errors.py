"""What can be wrong with a file (an exception, the import stops) and with a line of it (a value in the report)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.errors import AppError, Conflict, NotFound
from core.imports.messages import say

VALUE_SHOWN = 80

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class RowError:
    """One finding: `line` as an editor or Excel numbers it, `column` as the file's header calls it.

    `value` is what stood there, cut to 80 characters; `message` says what to do.
    """

    line: int
    column: str
    value: str
    code: str
    message: str


class ImportFileError(AppError):
    """The file can't be read, or not further: `code` is a key of `messages.TEXTS`; `extra["line"]` where it stopped."""

    status = 422

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(say(code, **values), code=code, field="file", **values)


class FileTooLarge(ImportFileError):
    status = 413


class UnsupportedFile(ImportFileError):
    status = 415


class RunNotFound(NotFound):
    code = "import_not_found"
    message = "没有找到这次导入"


class RunNotOver(Conflict):
    """Only an interrupted run can be started again."""

    code = "import_not_interrupted"
    message = "只有中断的导入可以继续，请查看它现在的状态"


class NotADraft(Conflict):
    """The import was started, or discarded, already."""

    code = "import_not_draft"
    message = "这次导入已经开始，请查看它的进度"


class RunFileGone(Conflict):
    code = "import_file_gone"
    message = "上传的文件已删除，请重新上传后导入"


def row_error(line: int, code: str, *, column: str = "", value: object = "", **values: object) -> RowError:
    """A finding whose text comes from the catalog."""
    return RowError(line, column, shown(value), code, say(code, **values))


def shown(value: object) -> str:
    """A cell's content for the report: cut, and without what neither a database nor a terminal can take."""
    text = _UNPRINTABLE.sub("\ufffd", "" if value is None else str(value))
    return text if len(text) <= VALUE_SHOWN else text[: VALUE_SHOWN - 1] + "…"
