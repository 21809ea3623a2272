"""Group 10: a handler that is told twice does it once, and one that fails half-way leaves nothing."""

from __future__ import annotations


def test_handlers_do_it_once_and_leave_nothing_when_rolled_back(stage):
    assert stage.faults == (), "\n".join(stage.faults)


def test_every_event_that_it_handles_was_sent(stage):
    """Proof that the test above has told the handlers something."""
    assert stage.told == tuple(sorted(kind.name for kind in stage.subject.plugin.handlers))
