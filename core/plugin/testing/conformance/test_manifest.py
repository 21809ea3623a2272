"""Group 1: the manifest is complete, carries the entry point's name, and fits this host's API."""

from __future__ import annotations

from core.host.hook_check import hook_faults
from core.host.manifest_check import faults
from core.host.route_check import route_faults
from core.host.table_check import table_faults
from core.plugin import Plugin
from core.ui.describing import faults as form_faults


def test_entry_point_leads_to_a_manifest(subject):
    assert subject.import_error is None, f"{subject.point.value} can't be imported: {subject.import_error!r}"
    found = subject.point.load()
    assert isinstance(found, Plugin), f"{subject.point.value} is a {type(found).__name__}, not a core.plugin.Plugin"


def test_manifest_has_no_faults(subject):
    plugin = subject.plugin
    elsewhere = {*hook_faults(plugin.hooks), *route_faults(plugin)}
    if plugin.tables is not None:
        elsewhere |= set(table_faults(plugin.name, plugin.tables))
    if plugin.settings is not None:
        elsewhere |= {f"settings: {fault}" for fault in form_faults(plugin.settings)}
    assert [fault for fault in faults(plugin, subject.name) if fault not in elsewhere] == []
