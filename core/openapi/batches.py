"""The answer to a set of rows: totals, and one result per row with what is wrong with it."""

from __future__ import annotations

from typing import Any

from core.catalog.faults import Counts


def batch_body(done: Counts) -> dict[str, Any]:
    """`done` as BatchResultSchema describes it."""
    errors: dict[int, list[dict[str, Any]]] = {}
    for index, *what in done.faults:
        errors.setdefault(index, []).append(dict(zip(("field", "value", "code", "message"), what, strict=True)))
    results = [
        {"index": index, "result": result, "errors": errors.get(index, [])} for index, result in enumerate(done.results)
    ]
    totals = {"new": done.new, "updated": done.updated, "unchanged": done.unchanged, "failed": done.failed}
    return {**totals, "results": results}
