"""Group 13: the host takes it in: rehearsal, fence, mount; beside every other plugin under test, and alone."""

from __future__ import annotations

import pytest
from flask import Flask

from core.host import loading
from core.host.manifest_check import faults
from core.host.registry import KEY
from core.plugin.testing.conformance.stage import own_rules
from core.plugin.testing.conformance.subject import Subject


@pytest.fixture
def sound(subject: Subject) -> Subject:
    """The plugin, if its manifest is in order; if not, other groups say so."""
    if faults(subject.plugin, subject.name):
        pytest.skip(f"{subject.name} has faults that other tests name")
    return subject


def test_the_host_takes_it_in(sound, app):
    refused = app.extensions[KEY].unfit.get(sound.name)
    assert refused is None, "; ".join(refused.faults)
    assert sound.name in app.extensions[KEY].loaded


def test_it_can_be_mounted_again_and_again(sound, app):
    """Tests and commands make several apps in one process: mounting keeps nothing at module level."""
    if sound.plugin.requires:
        return
    for _ in range(2):
        alone = Flask("alone", static_folder=None)
        alone.url_map.converters.update(app.url_map.converters)
        host = loading.load(alone, [sound.point])
        assert host.unfit == {}, "; ".join(host.unfit[sound.name].faults)
        assert rules(alone, sound.name) == rules(app, sound.name)


def rules(app: Flask, name: str) -> set[tuple[str, frozenset[str]]]:
    return {(rule.rule, frozenset(rule.methods or ())) for rule in own_rules(app, name)}
