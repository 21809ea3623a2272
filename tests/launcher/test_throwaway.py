import os
import pwd
import signal
import stat
from pathlib import Path

import psycopg
import pytest
import redis

from core.launcher import postgres
from core.launcher.errors import LaunchError
from core.launcher.throwaway import sweep, throwaway_servers
from tests.launcher.live import all_gone, python, told, until

HOLDER = """
import json, signal
from core.launcher.throwaway import throwaway_servers
with throwaway_servers() as servers:
    print(json.dumps([str(servers.folder), *servers.pids]), flush=True)
    signal.pause()
"""


def test_throwaway_servers_answer_and_leave_nothing():
    with throwaway_servers() as servers:
        with psycopg.connect(servers.database_url) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert all_gone(servers.pids)
    assert not servers.folder.exists()


def test_throwaway_stops_while_a_client_is_in_a_transaction():
    with throwaway_servers() as servers:
        connection = psycopg.connect(servers.database_url)
        connection.execute("SELECT 1")
    assert all_gone(servers.pids)
    connection.close()


def test_killed_holder_leaves_no_server_and_the_next_removes_its_folder():
    holder = python(HOLDER)
    folder, *pids = told(holder)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    until(lambda: all_gone(pids))
    assert Path(folder).exists()
    until(lambda: sweep() or not Path(folder).exists())


def test_sweep_spares_a_folder_in_use(throwaway):
    sweep()
    assert throwaway.folder.exists()


def test_trigrams_of_chinese_text_exist(postgres_url):
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        (trigrams,) = connection.execute("SELECT show_trgm('东北大米')").fetchone()
    assert len(trigrams) == 5


def test_data_folder_is_closed_to_others(throwaway):
    assert stat.S_IMODE((throwaway.folder / "postgres").stat().st_mode) == 0o700
    assert stat.S_IMODE(throwaway.folder.stat().st_mode) & 0o066 == 0


def test_root_without_user_namespaces_runs_postgres_as_nobody(monkeypatch):
    monkeypatch.setattr(postgres, "ROOT_MODES", ("nobody",))
    owner = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else os.getuid()
    with throwaway_servers() as servers:
        assert (servers.folder / "postgres").stat().st_uid == owner
        with psycopg.connect(servers.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_root_that_can_become_nobody_else_is_told_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setattr(postgres, "ROOT_MODES", ())
    with pytest.raises(LaunchError, match="设置 DATABASE_URL"):
        postgres.choose_mode(tmp_path, tmp_path)
