import json

import pytest

from core.launcher import output
from core.launcher.output import LogFile, Output, summary


@pytest.fixture
def said():
    return []


def read(out, tmp_path, *lines):
    source = tmp_path / "source"
    source.write_bytes(b"".join(line.encode() + b"\n" for line in lines))
    out.follow(source.open("rb")).join()


def test_summary_of_a_structured_line_is_event_and_values():
    line = json.dumps({"event": "order_failed", "level": "error", "timestamp": "now", "tenant": "abc", "code": 7})
    assert summary(line) == "order_failed tenant=abc code=7"


def test_summary_of_an_exception_is_its_last_line():
    line = json.dumps({"event": "job_failed", "exception": "Traceback\n  File x\nKeyError: 'a'\n"})
    assert summary(line) == """job_failed exception=["KeyError: 'a'"]"""


@pytest.mark.parametrize("line", ["plain words", "[1, 2]", '{"no": "event"}', "{broken", "3"])
def test_summary_of_anything_else_is_the_line(line):
    assert summary(line) == line


def test_summary_is_cut():
    assert summary("x" * 1000) == "x" * 300


def test_alarm_that_repeats_with_other_numbers_is_said_once(tmp_path, said):
    out = Output("worker", tmp_path / "worker.log", said.append)
    read(out, tmp_path, *(f"ValueError: row {number}" for number in range(50)), "KeyError: 'other'")
    assert said == ["worker | ValueError: row 0", "worker | KeyError: 'other'"]
    assert len((tmp_path / "worker.log").read_text().splitlines()) == 51


@pytest.mark.parametrize(
    ("line", "alarms"),
    [
        ('{"event":"x","level":"error"}', 1),
        ('{"event": "x", "level": "critical"}', 1),
        ('{"event":"x","level":"warning"}', 0),
        ('{"event":"x","level":"info","path":"/error"}', 0),
        ("[ERROR] Unexpected exit from worker-1", 1),
        ("sqlalchemy.exc.OperationalError: gone", 1),
        ("", 0),
    ],
)
def test_what_is_alarming(tmp_path, said, line, alarms):
    read(Output("web", tmp_path / "web.log", said.append), tmp_path, line)
    assert len(said) == alarms


def test_muted_output_is_logged_and_not_said(tmp_path, said):
    out = Output("web", tmp_path / "web.log", said.append)
    out.muted = True
    read(out, tmp_path, "ValueError: late")
    assert said == []
    assert (tmp_path / "web.log").read_text() == "ValueError: late\n"


def test_tail_has_the_last_lines(tmp_path, said):
    out = Output("web", tmp_path / "web.log", said.append)
    read(out, tmp_path, *map(str, range(100)))
    assert out.tail().splitlines() == [str(number) for number in range(85, 100)]


def test_log_rotates_and_keeps_three(tmp_path, monkeypatch):
    monkeypatch.setattr(output, "ROTATE_AT", 9)
    log = LogFile(tmp_path / "web.log")
    for number in range(6):
        log.write(b"line %d....\n" % number)
    log.close()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "web.log": b"",
        "web.log.1": b"line 5....\n",
        "web.log.2": b"line 4....\n",
        "web.log.3": b"line 3....\n",
    }


def test_log_goes_on_where_it_ended(tmp_path):
    for word in (b"one\n", b"two\n"):
        log = LogFile(tmp_path / "web.log")
        log.write(word)
        log.close()
    assert (tmp_path / "web.log").read_bytes() == b"one\ntwo\n"
