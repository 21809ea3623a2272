"""What is logged while tests run: plain lines beside the output of commands."""

from __future__ import annotations

import sys

import structlog


def log_plainly() -> None:
    """To standard error, where no test of a command's output meets it; tracebacks as Python writes them.

    Drawn in colours, as they are otherwise where `rich` is installed, one takes longer than most tests.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.__stderr__),
    )
