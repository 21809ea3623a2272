"""Group 8: the settings are a form: every field labelled, defaults load, secrets never come back."""

from __future__ import annotations

import copy
import json

import pytest

from core.switches import service as switches
from core.ui import describing as forms

SECRET = "a secret that nobody may read again"


@pytest.fixture
def schema(subject):
    """The settings; a plugin without has nothing to test."""
    if subject.plugin.settings is None:
        pytest.skip(f"{subject.name} has no settings")
    return subject.plugin.settings


def test_settings_are_a_form(schema):
    assert forms.faults(schema) == []


def test_form_is_json(schema):
    described = forms.describe(schema)
    assert json.loads(json.dumps(described)) == described


def test_defaults_load(schema):
    needed = {name for name, field in schema().fields.items() if field.required}
    assert not needed or schema().validate({}).keys() == needed


def test_console_shows_the_form_and_no_secret(schema, stage):
    name, secrets = stage.subject.name, forms.secrets(schema)
    with stage.tenant.bound():
        form = switches.settings_form(name)
        if secrets:
            switches.change_settings(name, form["values"] | dict.fromkeys(secrets, SECRET))
        assert SECRET not in json.dumps(switches.settings_form(name))


def test_upgrading_settings_is_pure(subject, schema):
    plugin = subject.plugin
    if plugin.upgrade_settings is None:
        return
    for version in range(1, plugin.settings_version):
        stored: dict = {}
        first = plugin.upgrade_settings(copy.deepcopy(stored), version)
        assert plugin.upgrade_settings(stored, version) == first
        assert stored == {}, "upgrade_settings changed what it was given"
