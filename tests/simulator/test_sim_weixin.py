"""api.weixin.qq.com: tokens, login, phone, codes, subscribe messages, shipping (wechat.md §5)."""

import io

import pytest
from PIL import Image
from sim_shop import Wx

MANAGED = "/wxa/sec/order/is_trade_managed"


@pytest.fixture
def wx(sim):
    appid = "wx00000000000000d4"
    sim.post("apps", {"appid": appid, "secret": "s3cret", "pages": ["pages/home/index", "pages/goods/detail"]})
    return Wx(sim, appid, "s3cret")


@pytest.fixture
def fresh(sim):
    """An app nobody has asked a token for yet."""
    appid = "wx" + sim.provision("wxseed", mchid="1600000009", replace=True)["cert_serial_no"][:16]
    sim.post("apps", {"appid": appid, "secret": "x"})
    return Wx(sim, appid, "x")


def test_stable_token_repeats_until_its_last_five_minutes(fresh):
    first = fresh.token()
    assert (first["expires_in"], fresh.token()["access_token"]) == (7200, first["access_token"])
    fresh.sim.advance(6901)
    second = fresh.token()
    assert second["access_token"] != first["access_token"]
    assert [fresh.post(MANAGED, {"appid": fresh.appid}, t["access_token"])["errcode"]
            for t in (first, second)] == [0, 0]
    fresh.sim.advance(300)
    assert fresh.post(MANAGED, {"appid": fresh.appid}, first["access_token"])["errcode"] == 42001


def test_forced_refresh_kills_the_old_token_and_is_limited(fresh):
    first = fresh.token()["access_token"]
    assert fresh.token(force_refresh=True)["access_token"] != first
    assert fresh.post(MANAGED, {"appid": fresh.appid}, first)["errcode"] == 40001
    assert fresh.token(force_refresh=True)["errcode"] == 45011
    for _ in range(19):
        fresh.sim.advance(31)
        assert "access_token" in fresh.token(force_refresh=True)
    fresh.sim.advance(31)
    assert fresh.token(force_refresh=True)["errcode"] == 45009


@pytest.mark.parametrize(("change", "errcode"), [
    ({"appid": "nobody"}, 40013), ({"secret": "wrong"}, 40125), ({"grant_type": "x"}, 40002), ({"appid": ""}, 41002),
    ({"secret": ""}, 41004), ({"surprise": 1}, 47001),
])
def test_token_refusals(wx, change, errcode):
    answer = wx.token(**change)
    assert (answer["errcode"], "rid: " in answer["errmsg"]) == (errcode, True)


def test_login_code_works_once_within_five_minutes(wx):
    login = wx.sim.login(wx.appid, "王五")
    session = wx.session(login["code"])
    assert (session["openid"], sorted(session)) == (login["openid"], ["openid", "session_key"])
    assert wx.session(login["code"])["errcode"] == 40163
    late = wx.sim.login(wx.appid, "王五")["code"]
    wx.sim.advance(301)
    assert wx.session(late)["errcode"] == 40029


def test_login_of_the_same_person_in_another_app_has_another_openid(wx, shop):
    assert wx.sim.login(wx.appid, "王五")["openid"] == wx.sim.login(wx.appid, "王五")["openid"]
    assert wx.sim.login(wx.appid, "王五")["openid"] != wx.sim.login(shop.appid, "王五")["openid"]


def test_code_of_another_app_and_blocked_user_are_refused(wx, shop):
    foreign = wx.sim.login(shop.appid, "王五")["code"]
    assert wx.session(foreign)["errcode"] == 40029
    blocked = wx.sim.login(wx.appid, "坏人")
    wx.sim.post("wallet/user", {"appid": wx.appid, "openid": blocked["openid"], "blocked": True})
    assert wx.session(blocked["code"])["errcode"] == 40226


def test_unionid_is_shared_by_apps_that_have_one(sim):
    for appid in ("wxu1", "wxu2"):
        sim.post("apps", {"appid": appid, "secret": "s", "unionid": True})
    first, second = (sim.login(appid, "赵六") for appid in ("wxu1", "wxu2"))
    assert (first["unionid"] == second["unionid"], first["openid"] == second["openid"]) == (True, False)


def test_phone_code_is_not_the_login_code_and_works_once(wx):
    login = wx.sim.login(wx.appid, "王五")
    code = wx.sim.post("wallet/phone", {"appid": wx.appid, "openid": login["openid"], "phone": "13800138000"})["code"]
    path = "/wxa/business/getuserphonenumber"
    answers = [wx.post(path, {"code": text}) for text in (login["code"], code, code)]
    assert [answer["errcode"] for answer in answers] == [40029, 0, 40163]
    info = answers[1]["phone_info"]
    assert (info["phoneNumber"], info["purePhoneNumber"], info["countryCode"], info["watermark"]["appid"]) == (
        "13800138000", "13800138000", "86", wx.appid)


@pytest.mark.parametrize(("body", "kind", "size"), [
    ({"scene": "p=1z", "page": "pages/goods/detail"}, "JPEG", 430),
    ({"scene": "p=1z", "width": 280, "is_hyaline": True}, "PNG", 280),
])
def test_code_picture(wx, body, kind, size):
    answer = wx.raw("/wxa/getwxacodeunlimit", body)
    picture = Image.open(io.BytesIO(answer.content))
    assert (answer.headers["Content-Type"], picture.format, picture.size) == (
        f"image/{kind.lower()}", kind, (size, size))
    assert wx.sim.get("qrcodes")["qrcodes"][0]["scene"] == "p=1z"


@pytest.mark.parametrize(("change", "errcode"), [
    ({"scene": "x" * 33}, 40169), ({"scene": "a%20b"}, 40169), ({"scene": "中文"}, 40169), ({"scene": None}, 47001),
    ({"page": "/pages/home/index"}, 41030), ({"page": "pages/none"}, 41030), ({"page": "pages/home/index?a=1"}, 41030),
    ({"env_version": "beta"}, 40097), ({"width": 100}, 40097),
])
def test_code_refusals(wx, change, errcode):
    body = {"scene": "p=1", "page": "pages/home/index"} | change
    assert wx.post("/wxa/getwxacodeunlimit", body)["errcode"] == errcode


@pytest.fixture
def template(wx):
    return wx.post("/wxaapi/newtmpl/addtemplate", {"tid": "1001", "kidList": [1, 2], "sceneDesc": "取货"})["priTmplId"]


def message(wx, template, openid, **values):
    data = {"thing1": {"value": "可口可乐"}, "character_string2": {"value": "A1024"}}
    data |= {name: {"value": value} for name, value in values.items()}
    return wx.post("/cgi-bin/message/subscribe/send", {
        "touser": openid, "template_id": template, "page": "pages/home/index?x=1", "data": data,
        "miniprogram_state": "formal", "lang": "zh_CN"})


def test_template_is_listed_for_its_own_app_only(wx, template, shop):
    mine = [row for row in wx.get("/wxaapi/newtmpl/gettemplate")["data"] if row["priTmplId"] == template]
    assert [(row["title"], row["content"]) for row in mine] == [
        ("取货提醒", "商品名称:{{thing1.DATA}}\n取货码:{{character_string2.DATA}}\n")]
    theirs = Wx(wx.sim, shop.appid, shop.profile["secret"]).get("/wxaapi/newtmpl/gettemplate")["data"]
    assert template not in [row["priTmplId"] for row in theirs]
    assert wx.post("/wxaapi/newtmpl/deltemplate", {"priTmplId": template})["errcode"] == 0
    assert wx.post("/wxaapi/newtmpl/deltemplate", {"priTmplId": template})["errcode"] == 40037


def test_library_can_be_browsed(wx):
    titles = wx.get("/wxaapi/newtmpl/getpubtemplatetitles", ids="307", start=0, limit=30)["data"]
    words = wx.get("/wxaapi/newtmpl/getpubtemplatekeywords", tid=titles[0]["tid"])["data"]
    assert (titles[0]["title"], words[1]) == (
        "取货提醒", {"kid": 2, "name": "取货码", "rule": "character_string", "example": "A1024"})


def test_one_accept_is_one_message(wx, template):
    openid = wx.sim.login(wx.appid, "王五")["openid"]
    grant = {"appid": wx.appid, "openid": openid, "template_id": template}
    assert message(wx, template, openid)["errcode"] == 43101
    assert [wx.sim.post("wallet/subscribe", grant)["granted"] for _ in range(2)] == [1, 2]
    assert [message(wx, template, openid)["errcode"] for _ in range(3)] == [0, 0, 43101]
    wx.sim.post("wallet/subscribe", grant | {"n": 5})
    assert wx.sim.post("wallet/subscribe", grant | {"result": "reject"}) == {"granted": 0}
    sent = wx.sim.get("messages", openid=openid)["messages"]
    assert [row["data"] for row in sent] == [{"thing1": "可口可乐", "character_string2": "A1024"}] * 2


@pytest.mark.parametrize("values", [
    {"thing1": "长" * 21}, {"thing1": ""}, {"character_string2": "取货"}, {"thing9": "x"},
    {"character_string2": "1" * 33},
])
def test_message_with_a_wrong_value_spends_nothing(wx, template, values):
    openid = wx.sim.login(wx.appid, "王五")["openid"]
    wx.sim.post("wallet/subscribe", {"appid": wx.appid, "openid": openid, "template_id": template})
    assert message(wx, template, openid, **values)["errcode"] == 47003
    assert message(wx, template, openid)["errcode"] == 0


def test_message_to_a_stranger_or_with_a_foreign_template(wx, template, shop):
    openid = wx.sim.login(wx.appid, "王五")["openid"]
    assert message(wx, template, shop.openid)["errcode"] == 40003
    assert message(wx, "no-such-template", openid)["errcode"] == 40037


@pytest.mark.parametrize("errcode", [40001, 42001])
def test_expired_token_fault_strikes_once(shop, errcode):
    wx = Wx(shop.sim, shop.appid, shop.profile["secret"])
    shop.sim.fault("token_expired", shop.match, args={"errcode": errcode}, times=1)
    answers = [wx.post(MANAGED, {"appid": wx.appid})["errcode"] for _ in range(2)]
    assert answers == [errcode, 0]


def test_token_revoked_elsewhere_is_dead_for_good(shop):
    wx = Wx(shop.sim, shop.appid, shop.profile["secret"])
    token = wx.token()["access_token"]
    shop.sim.fault("token_revoked_by_force_refresh", shop.match, times=1)
    answers = [wx.post(MANAGED, {"appid": wx.appid}, token)["errcode"] for _ in range(2)]
    assert (answers, wx.token()["access_token"] != token) == ([40001, 40001], True)


@pytest.mark.parametrize("errcode", ["45009", "45011", "-1", "48001", "10060001"])
def test_errcode_fault_strikes_its_tenant_only(shop, other, errcode):
    shop.sim.fault(errcode, shop.match | {"path": "/wxa/sec/"}, times=1)
    answers = [Wx(s.sim, s.appid, s.profile["secret"]).post(MANAGED, {"appid": s.appid})
               for s in (other, shop, shop)]
    assert [answer["errcode"] for answer in answers] == [0, int(errcode), 0]


def test_login_faults(shop):
    wx = Wx(shop.sim, shop.appid, shop.profile["secret"])
    shop.sim.fault("40226", {"appid": shop.appid, "path": "jscode2session"}, times=1)
    code = shop.sim.login(shop.appid, "张三")["code"]
    assert [wx.session(code).get("errcode") for _ in range(2)] == [40226, None]


def test_transport_faults_strike_here_too(shop):
    wx = Wx(shop.sim, shop.appid, shop.profile["secret"])
    token = wx.token()["access_token"]
    shop.sim.fault("502", {"appid": shop.appid}, times=1)
    assert wx.raw(MANAGED, {"appid": shop.appid}, token).status_code == 502
