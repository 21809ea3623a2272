"""The console's plugin routes against their own document, for names that exist and names that don't."""

from __future__ import annotations

import pytest
import schemathesis
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tests.core.contract.test_documents import BOUNDED, CHECKS
from tests.core.switches.conftest import ENTRY_POINTS, Switches

NAMES = [entry.name for entry in ENTRY_POINTS]
OPERATIONS = [
    ("GET", "/plugins"),
    ("GET", "/plugins/{plugin}"),
    ("POST", "/plugins/{plugin}/enable"),
    ("POST", "/plugins/{plugin}/disable"),
    ("POST", "/plugins/{plugin}/purge"),
    ("GET", "/plugins/{plugin}/settings"),
    ("PUT", "/plugins/{plugin}/settings"),
    ("GET", "/plugins/{plugin}/failures"),
]


@pytest.fixture
def headers(switches: Switches) -> dict[str, str]:
    shop = switches.shop
    return {"Host": f"{shop.ref.slug}.localhost", "Authorization": f"Bearer {shop.staff_token}"}


def test_plugin_routes_answer_what_they_document(app: Flask, headers):
    schema = schemathesis.openapi.from_wsgi("/console/api/v1/openapi.json", app)
    for method, path in OPERATIONS:

        @BOUNDED
        @given(case=schema[f"/console/api/v1{path}"][method].as_strategy(), name=st.sampled_from(NAMES))
        def hold(case, name):
            if case.path_parameters and len(case.path_parameters["plugin"]) % 2:
                case.path_parameters["plugin"] = name
            case.call_and_validate(headers=headers, checks=CHECKS)

        hold()
