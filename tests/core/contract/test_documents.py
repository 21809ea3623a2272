"""Both public APIs against their own documents: no 5xx, no answer that the document does not know."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.clock import now
from core.crypto import fingerprint
from core.db import db
from core.migrations import HISTORY
from core.openkeys.domain import SCOPES
from core.openkeys.models import ApiKey
from core.web.tokens import issue
from simulator.testing import Remote
from tenants import provision
from tests.core.payments.conftest import PayingShop
from tests.core.shops import Shop, open_shop

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EXAMPLES = int(os.environ.get("JISHI_EXAMPLES", "12"))
"""Requests per operation; `make test-long` sends 200."""


@pytest.fixture(scope="module")
def documented(app: Flask, owner, wechat: Remote, served: str) -> Iterator[Shop]:
    shop = open_shop(app, provision.take(owner, HISTORY, f"doc-{provision.new_key()[:6]}", "Documented"))
    PayingShop(shop, wechat)
    with shop.bound():
        shop.api_key = issue("jk", shop.ref.key)
        db.session.add(
            ApiKey(name="k", hint="", key_hash=fingerprint(shop.api_key), scopes=sorted(SCOPES), created_at=now())
        )
        db.session.commit()
    yield shop
    shop.close()


BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def exercise(app: Flask, document: str, headers: dict[str, str]) -> list[str]:
    """Send generated requests to every operation of a document; returns what was wrong, one line per operation."""
    schema = schemathesis.openapi.from_wsgi(document, app)
    wrong = []
    for result in schema.get_all_operations():
        operation = result.ok()

        @BOUNDED
        @given(case=operation.as_strategy())
        def hold(case):
            case.call_and_validate(headers=headers, checks=CHECKS)

        try:
            hold()
        except (Exception, BaseExceptionGroup) as error:
            wrong.append(f"{operation.label}: {_in_short(error)}")
    return wrong


def _in_short(error: BaseException) -> str:
    parts = [str(part) for part in getattr(error, "exceptions", [error])]
    return " | ".join(part.replace("\n", " ")[:700] for part in parts)


def test_storefront_answers_what_it_documents(app: Flask, documented: Shop):
    headers = {"Host": f"{documented.ref.slug}.localhost", "Authorization": f"Bearer {documented.buyer_token}"}
    wrong = exercise(app, "/store/api/v1/openapi.json", headers)
    assert not wrong, "\n".join(wrong)


def test_open_api_answers_what_it_documents(app: Flask, documented: Shop):
    wrong = exercise(app, "/open/api/v1/openapi.json", {"Authorization": f"Bearer {documented.api_key}"})
    assert not wrong, "\n".join(wrong)
