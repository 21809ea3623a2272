"""Group 3: every hook exists, every argument is one of its, none wraps another plugin's."""

from __future__ import annotations

from core.host.bus import Bus
from core.host.hook_check import hook_faults


def test_hooks_and_arguments_exist(subject):
    assert list(hook_faults(subject.plugin.hooks)) == []


def test_hooks_can_be_registered(subject):
    if not list(hook_faults(subject.plugin.hooks)):
        hash(subject.plugin.hooks)
        Bus().register(subject.name, subject.plugin.hooks)
