"""flask-smorest with our errors: one class for every API we serve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import marshmallow as ma
from flask import Flask, Response
from flask_smorest import Api, Blueprint
from werkzeug.exceptions import HTTPException

from core.web.problems import MEDIA_TYPE, from_http_exception

F = TypeVar("F", bound=Callable[..., Any])


class FieldErrorSchema(ma.Schema):
    field = ma.fields.String(metadata={"description": "dotted path of the input"})
    message = ma.fields.String()


class ProblemSchema(ma.Schema):
    """RFC 9457 problem details; `code` is stable, `detail` is for people. Some codes bring members of their own."""

    class Meta:
        unknown = ma.INCLUDE

    type = ma.fields.String()
    title = ma.fields.String()
    status = ma.fields.Integer()
    code = ma.fields.String()
    detail = ma.fields.String()
    request_id = ma.fields.String()
    field = ma.fields.String()
    errors = ma.fields.List(ma.fields.Nested(FieldErrorSchema))


class ProblemApi(Api):
    """Serves `<prefix>/openapi.json`; refuses in problem+json."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def handle_http_exception(self, error: HTTPException) -> Response:
        return from_http_exception(error)


def problems_documented(blp: Blueprint, *statuses: int) -> Callable[[F], F]:
    """Document the problem answers of a view, so that the contract test can hold us to them."""

    def decorate(view: F) -> F:
        for status in statuses:
            view = blp.alt_response(status, schema=ProblemSchema, content_type=MEDIA_TYPE)(view)
        return view

    return decorate


def build_api(app: Flask, name: str, title: str, prefix: str, security: dict[str, Any]) -> ProblemApi:
    """An API under `prefix` with its own OpenAPI document."""
    key = name.upper()
    app.config.update(
        {
            f"{key}_API_TITLE": title,
            f"{key}_API_VERSION": "1",
            f"{key}_OPENAPI_VERSION": "3.1.0",
            f"{key}_OPENAPI_URL_PREFIX": prefix,
            f"{key}_OPENAPI_JSON_PATH": "openapi.json",
        }
    )
    api = ProblemApi(app, config_prefix=key, spec_kwargs={"security": [{"bearer": []}]})
    api.spec.components.security_scheme("bearer", security)
    return api


