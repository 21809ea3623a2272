"""Jobs, health, accounts, log."""

from __future__ import annotations

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from core.host import jobs
from core.operator import accounts, queues, service
from core.operator.errors import WrongLogin
from tests.core.operator.conftest import PASSWORD

NEW = "another long password"


def break_down(reason: str) -> None:
    raise ValueError(reason)


@pytest.fixture
def failed(context) -> str:
    """A failed job; its id."""
    queue = Queue("core", connection=jobs.connection(), serializer=JSONSerializer)
    queue.empty()
    job = queue.enqueue_call(break_down, ("<b>支付网关超时</b>",), meta={"tenant": jobs.PLATFORM}, failure_ttl=600)
    jobs.work(context, ("core",), burst=True)
    yield job.id
    queue.failed_job_registry.remove(job.id)
    queue.empty()


def test_failed_job_is_shown_with_its_error_as_text(platform, failed):
    text = platform.get("/platform/jobs")
    assert "ValueError: &lt;b&gt;支付网关超时&lt;/b&gt;" in text
    assert "<b>支付网关超时" not in text


def test_failed_job_is_tried_again_once(platform, failed):
    for words in ("任务已重新排队", "没有找到这个失败的任务，可能已被处理"):
        answer = platform.post("/platform/jobs/retry", {"queue": "core", "job": failed}, page="/platform/operators/new")
        assert (answer.status_code, answer.location) == (303, "/platform/jobs")
        assert platform.toasts() == [words]
    assert failed not in [job.id for job in queues.failed("core")]


def test_failed_job_is_deleted(platform, failed):
    platform.post("/platform/jobs/delete", {"queue": "core", "job": failed}, page="/platform/operators/new")
    assert platform.toasts() == ["任务已删除"]
    assert failed not in [job.id for job in queues.failed("core")]


@pytest.mark.parametrize("query", ["?queue=nosuch", "?cursor=-1", "?cursor=abc", "?cursor=99999999", "?queue=plugins"])
def test_jobs_take_any_address(platform, query):
    assert "失败任务" in platform.get(f"/platform/jobs{query}")


def test_health_names_every_part(platform):
    text = platform.get("/platform/health")
    names = ("数据库", "Redis", "定时进程", "工作进程", "任务队列", "数据库版本", "事件投递")
    assert [name for name in names if name not in text] == []
    assert len(platform.statements) <= 15


def test_account_is_made_and_switched_off(platform, operator):
    login = f"n{operator.login[1:]}"
    platform.post("/platform/operators/new", {"login": login, "name": "新同事", "password": PASSWORD})
    assert service.login(login, PASSWORD).needs_code is False
    platform.post(f"/platform/operators/{login}/disable", page="/platform/operators/new")
    with pytest.raises(WrongLogin):
        service.login(login, PASSWORD)
    platform.post(f"/platform/operators/{login}/enable", page="/platform/operators/new")
    assert "重设 新同事 的密码" in platform.get(f"/platform/operators/{login}/password")
    assert platform.open("/platform/operators/nobody/password").status_code == 404
    platform.post(f"/platform/operators/{login}/password", {"password": NEW})
    assert service.login(login, NEW).needs_code is False


def test_password_of_a_new_account_is_never_drawn(platform):
    answer = platform.post("/platform/operators/new", {"login": "Not A Login", "name": "新同事", "password": NEW})
    assert answer.status_code == 200
    assert 'id="f-login-error"' in answer.text
    assert NEW not in answer.text
    assert 'value="新同事"' in answer.text


def test_own_account_is_not_switched_off(platform, operator):
    platform.post(f"/platform/operators/{operator.login}/disable", page="/platform/operators/new")
    assert platform.toasts() == ["不能对自己的账号进行此操作，请由另一位运营人员来做"]


def test_unknown_account_is_not_found(platform):
    assert platform.post("/platform/operators/nobody/enable", page="/platform/operators/new").status_code == 404


def test_own_password_and_second_factor(platform, operator):
    wrong = platform.post("/platform/account/password", {"old": "not it", "new": NEW}, page="/platform/account")
    assert 'id="f-old-error">原密码不正确' in wrong.text
    right = platform.post("/platform/account/password", {"old": PASSWORD, "new": NEW}, page="/platform/account")
    assert right.status_code == 303
    platform.post("/platform/account/code", page="/platform/account")
    secret = accounts.enrolment(operator.facts).secret
    text = platform.get("/platform/account")
    assert " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)) in text
    refused = platform.post("/platform/account/code/confirm", {"code": "000000"}, page="/platform/account")
    assert 'id="f-code-error">动态验证码不正确' in refused.text
