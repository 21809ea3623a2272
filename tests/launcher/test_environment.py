import os
import signal
import stat

import psycopg
import pytest
import redis

from core.launcher import environment
from core.launcher.environment import arrange, master_key, simulated
from core.launcher.errors import LaunchError
from core.launcher.supervisor import Supervisor
from tests.launcher.live import until


@pytest.fixture
def run(tmp_path):
    """Start the embedded servers of `tmp_path / 'var'`; all that were started are stopped at the end."""
    started = []

    def start():
        arranged = arrange(tmp_path / "var", 8000, given={})
        supervisor = Supervisor(tmp_path / "var" / "log", lambda line: None)
        started.append((supervisor, arranged))
        for server in (arranged.embedded.postgres, arranged.embedded.valkey):
            supervisor.start(server.program())
            supervisor.wait_until(server.program().name, server.is_ready, 60)
        arranged.embedded.postgres.ensure_database()
        return arranged.variables, supervisor

    (tmp_path / "var").mkdir()
    yield start
    for supervisor, _ in started:
        supervisor.stop()
    for _, arranged in started:
        arranged.close()
        assert not arranged.embedded.postgres.sockets.exists()


def query(variables, statement):
    with psycopg.connect(variables["DATABASE_URL"], autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else None


def client(variables):
    return redis.Redis.from_url(variables["REDIS_URL"], decode_responses=True)


def test_data_secrets_and_addresses_survive_a_restart(run):
    first, supervisor = run()
    query(first, "CREATE TABLE kept (word text)")
    query(first, "INSERT INTO kept VALUES ('大米')")
    client(first).set("kept", "大米")
    supervisor.stop()
    second, _ = run()
    assert second == first
    assert query(second, "SELECT word FROM kept") == [("大米",)]
    assert client(second).get("kept") == "大米"


def test_killed_servers_come_back_with_their_data(run):
    variables, supervisor = run()
    query(variables, "CREATE TABLE kept AS SELECT generate_series(1, 1000)")
    with client(variables).pipeline() as pipe:
        for number in range(1000):
            pipe.xadd("stream", {"number": number})
        pipe.execute()
    killed = supervisor.pids()
    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: length(variables), 60) == 1000
    assert until(lambda: answered(variables), 60) == [(1000,)]
    assert not set(killed.values()) & set(supervisor.pids().values())


def length(variables):
    try:
        return client(variables).xlen("stream")
    except redis.RedisError:
        return None


def answered(variables):
    try:
        return query(variables, "SELECT count(*) FROM kept")
    except psycopg.OperationalError:
        return None


def test_settings_are_durable(run):
    variables, _ = run()
    names = "fsync", "full_page_writes", "synchronous_commit"
    assert query(variables, f"SELECT setting FROM pg_settings WHERE name IN {names}") == [("on",)] * 3
    assert client(variables).config_get("appendonly") == {"appendonly": "yes"}


def test_wrong_passwords_are_refused(run):
    variables, _ = run()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(variables["DATABASE_URL"].replace("jishi_admin:", "jishi_admin:x"))
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(variables["REDIS_URL"].replace("://:", "://:x")).ping()


def test_servers_of_the_user_are_used_and_nothing_is_embedded(tmp_path):
    given = {"DATABASE_URL": "postgresql://elsewhere/x", "REDIS_URL": "redis://elsewhere", "JISHI_MASTER_KEY": "k"}
    arranged = arrange(tmp_path, 8000, given)
    assert (arranged.embedded.postgres, arranged.embedded.valkey) == (None, None)
    assert {name: arranged.variables[name] for name in given} == given
    assert {path.name for path in tmp_path.iterdir()} == {"ports.json", "metrics"}


def test_metrics_of_the_last_run_are_dropped(tmp_path):
    given = {"DATABASE_URL": "postgresql://elsewhere/x", "REDIS_URL": "redis://elsewhere", "JISHI_MASTER_KEY": "k"}
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "counter_1.db").touch()
    arrange(tmp_path, 8000, given)
    assert list((tmp_path / "metrics").iterdir()) == []


def test_master_key_is_made_once_for_its_owner_only(tmp_path):
    path = tmp_path / "master.key"
    assert master_key(path) == master_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "short", "AAAA", "不是钥匙"])
def test_damaged_master_key_is_never_replaced(tmp_path, text):
    path = tmp_path / "master.key"
    path.write_text(text)
    with pytest.raises(LaunchError, match="不是有效的主密钥"):
        master_key(path)
    assert path.read_text() == text


def test_simulator_does_not_replace_addresses_of_the_user():
    assert simulated(9000, {"WXPAY_BASE_URL": "https://pay"}) == {
        "WXPAY_BASE_URL": "https://pay",
        "WXAPI_BASE_URL": "http://127.0.0.1:9000",
        environment.SIMULATOR: "http://127.0.0.1:9000",
    }


def test_folder_of_another_postgresql_is_refused(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(LaunchError, match="由 PostgreSQL 9 创建"):
        arrange(tmp_path, 8000, {})


def test_half_made_database_folder_is_made_anew(run, tmp_path):
    (tmp_path / "var" / "postgres.new").mkdir()
    (tmp_path / "var" / "postgres.new" / "rest").touch()
    variables, _ = run()
    assert query(variables, "SELECT 1") == [(1,)]
    assert not (tmp_path / "var" / "postgres.new").exists()
