"""The door of ``/_sim/*``: strict JSON in, JSON out, refusals as ``{error, message}``."""

from collections.abc import Callable

import orjson
from flask import Blueprint, Response, request

from simulator.errors import ControlError
from simulator.schema import Record, Violation

_CODES = {"unknown": "UNKNOWN_FIELD", "missing": "MISSING_FIELD", "type": "WRONG_TYPE", "range": "OUT_OF_RANGE"}


def answer(data, status: int = 200) -> Response:
    """A JSON response; dataclass rows are welcome inside."""
    return Response(orjson.dumps(data), status, content_type="application/json; charset=utf-8")


def mount(blueprint: Blueprint, method: str, rule: str, handler: Callable, record: Record | None = None) -> None:
    """Serve ``handler(body, **names)``, or ``handler(**names)`` without a record."""

    def view(**names):
        try:
            data = handler(_read(record), **names) if record else handler(**names)
        except ControlError as error:
            return answer({"error": error.code, "message": error.message}, error.status)
        return data if isinstance(data, Response) else answer(data)

    blueprint.add_url_rule(rule, f"{method} {rule}", view, methods=[method])


def _read(record: Record) -> dict:
    data = body()
    checked(record, data)
    return data


def body():
    """The JSON body, ``{}`` when empty; raises 400 BAD_JSON."""
    raw = request.get_data()
    try:
        return orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError as error:
        raise ControlError(400, "BAD_JSON", str(error)) from error


def checked(record: Record, data) -> None:
    """Raises 400 naming the field when the data does not fit."""
    try:
        record.check(data)
    except Violation as error:
        raise ControlError(400, _CODES[error.kind], f"{error.field}: {error.kind}") from error
