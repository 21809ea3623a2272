"""flask-smorest with our errors: one class for every API we serve."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from threading import RLock
from typing import Any, TypeVar

import marshmallow as ma
from apispec import APISpec
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
    """Serves `<prefix>/openapi.json`; refuses in problem+json.

    The document is put together when somebody asks for it: most processes end without.
    """

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask, **options: Any) -> None:
        self._undocumented: list[Callable[[APISpec], None]] = []
        self._documenting = RLock()
        super().__init__(app, **options)

    @property
    def spec(self) -> APISpec:
        """The document, with every blueprint that was registered until now."""
        with self._documenting:
            waiting, self._undocumented = self._undocumented, []
            for document in waiting:
                document(self._spec)
        return self._spec

    @spec.setter
    def spec(self, spec: APISpec) -> None:
        self._spec = spec

    def register_blueprint(self, blp: Blueprint, *, parameters: Any = None, **options: Any) -> None:
        """As in flask-smorest, which documents the views at once."""
        name = options.get("name", blp.name)
        self._app.extensions["flask-smorest"]["blp_name_to_api"][name] = self
        self._app.register_blueprint(blp, **options)
        self._undocumented.append(lambda spec: self._document(spec, blp, name, parameters))

    def _document(self, spec: APISpec, blp: Blueprint, name: str, parameters: Any) -> None:
        blp.register_views_in_doc(self, self._app, spec, name=name, parameters=parameters)
        spec.tag({"name": name, "description": blp.description})

    def handle_http_exception(self, error: HTTPException) -> Response:
        return from_http_exception(error)


def problems_documented(blp: Blueprint, *statuses: int) -> Callable[[F], F]:
    """Document the problem answers of a view, so that the contract test can hold us to them."""

    first, *others = statuses
    document = blp.alt_response(first, schema=ProblemSchema, content_type=MEDIA_TYPE)

    def decorate(view: F) -> F:
        documented = document(view)
        # Every decorator of the library wraps the view once more and copies all that is documented so far.
        answers = documented._apidoc["response"]["responses"]
        for status in others:
            answers[status] = [answers[first][-1] | {"description": HTTPStatus(status).phrase}]
        return documented

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


