"""Subscribe messages: template admin and sending (spec §5.5)."""

import re

from flask import Blueprint

from simulator.errors import WxError
from simulator.library import LIBRARY, example_line, template_line
from simulator.models import Grant, Message, Template, User
from simulator.schema import Anything, Many, Record, Text, Whole
from simulator.state import State
from simulator.weixin import WxCall, mount

_MOST = 50
_ADD = Record({
    "tid": Text(1, required=True), "kidList": Many(Whole(1), 2, 5, required=True), "sceneDesc": Text(0, 15),
})
_SEND = Record({
    "touser": Text(1, required=True),
    "template_id": Text(1, required=True),
    "page": Text(),
    "miniprogram_state": Text(choices=("developer", "trial", "formal")),
    "lang": Text(choices=("zh_CN", "en_US", "zh_HK", "zh_TW")),
    "data": Anything(required=True),
})
_TIME = r"(\d{4}[年\-/]\d{1,2}[月\-/]\d{1,2}日?\s?)?\d{1,2}:\d{2}(:\d{2})?"
_RULES = {
    "thing": r"[\s\S]{1,20}",
    "number": r"-?[\d.]{1,32}",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"\W{1,5}",
    "character_string": r"[!-~]{1,32}",
    "time": rf"{_TIME}(~{_TIME})?",
    "date": rf"\d{{4}}[年\-/]\d{{1,2}}[月\-/]\d{{1,2}}日?(\s?\d{{1,2}}:\d{{2}})?|{_TIME}",
    "amount": r"[¥$€￥]?\d{1,10}(\.\d+)?元?",
    "phone_number": r"[\d+\- ]{1,17}",
    "car_number": r"\S{1,8}",
    "name": r"[A-Za-z .]{1,20}|[^\n]{1,10}",
    "phrase": r"[\u4e00-\u9fff]{1,5}",
}


def categories(state: State, call: WxCall) -> dict:
    """``GET /wxaapi/newtmpl/getcategory``."""
    return _ok(data=[{"id": 307, "name": "超市"}, {"id": 308, "name": "生鲜"}])


def titles(state: State, call: WxCall) -> dict:
    """``GET /wxaapi/newtmpl/getpubtemplatetitles``: the public library."""
    data = [{"tid": int(tid), "title": entry["title"], "type": 2, "categoryId": "307"}
            for tid, entry in LIBRARY.items()]
    return _ok(count=len(data), data=data)


def keywords(state: State, call: WxCall) -> dict:
    """``GET /wxaapi/newtmpl/getpubtemplatekeywords?tid=``."""
    entry = _public(call.query.get("tid", ""))
    return _ok(count=len(entry["keywords"]), data=[
        {"kid": kid, "name": name, "rule": rule, "example": example}
        for kid, (name, rule, example) in entry["keywords"].items()
    ])


def add(state: State, call: WxCall) -> dict:
    """``POST /wxaapi/newtmpl/addtemplate`` → priTmplId."""
    body = call.read(_ADD)
    entry = _public(body["tid"])
    if any(kid not in entry["keywords"] for kid in body["kidList"]):
        raise WxError(200012, "invalid kid")
    if len(_own(state, call)) >= _MOST:
        raise WxError(200013, "个人模板数已达上限")
    chosen = {kid: entry["keywords"][kid] for kid in body["kidList"]}
    row = Template(
        call.app.appid, state.ids.word(40) + state.ids.word(3), entry["title"],
        "".join(template_line(kid, *keyword) for kid, keyword in chosen.items()),
        "".join(example_line(*keyword) for keyword in chosen.values()),
        {f"{rule}{kid}": rule for kid, (_, rule, _) in chosen.items()},
    )
    with state.store.change():
        state.store.save(row)
    return _ok(priTmplId=row.template_id)


def listing(state: State, call: WxCall) -> dict:
    """``GET /wxaapi/newtmpl/gettemplate``: the templates of this app."""
    return _ok(data=[
        {"priTmplId": row.template_id, "title": row.title, "content": row.content, "example": row.example, "type": 2}
        for row in _own(state, call)
    ])


def remove(state: State, call: WxCall) -> dict:
    """``POST /wxaapi/newtmpl/deltemplate``."""
    body = call.read(Record({"priTmplId": Text(1, required=True)}))
    row = _template(state, call, body["priTmplId"])
    with state.store.change():
        state.store.delete(row)
    return _ok()


def _ok(**fields) -> dict:
    return {"errcode": 0, "errmsg": "ok"} | fields


def _public(tid: str) -> dict:
    if tid not in LIBRARY:
        raise WxError(200014, "invalid tid")
    return LIBRARY[tid]


def _own(state: State, call: WxCall) -> list[Template]:
    return [row for row in state.store.all(Template) if row.appid == call.app.appid]


def _template(state: State, call: WxCall, template_id: str) -> Template:
    row = state.store.get(Template, f"{call.app.appid}/{template_id}")
    if row is None:
        raise WxError(40037)
    return row


def send(state: State, call: WxCall) -> dict:
    """``POST /cgi-bin/message/subscribe/send`` → msgid. One accept pays for one message; none left → 43101."""
    body = call.read(_SEND)
    if state.store.get(User, f"{call.app.appid}/{body['touser']}") is None:
        raise WxError(40003)
    template = _template(state, call, body["template_id"])
    _check_data(template, body["data"])
    page = body.get("page")
    if page and call.app.pages and page.split("?")[0].lstrip("/") not in call.app.pages:
        raise WxError(41030)
    with state.store.change():
        _spend(state, call, body)
        row = Message(state.ids.digits(18), call.app.appid, body["touser"], body["template_id"], page,
                      {name: entry["value"] for name, entry in body["data"].items()}, state.now)
        state.store.save(row)
    return _ok(msgid=int(row.msgid))


def _check_data(template: Template, data: dict) -> None:
    for name in template.fields.keys() - data.keys():
        raise WxError(47003, f"argument invalid! data.{name} is empty")
    for name, entry in data.items():
        rule = template.fields.get(name)
        value = entry.get("value") if isinstance(entry, dict) else None
        if rule is None or not isinstance(value, str) or not re.fullmatch(_RULES[rule], value):
            raise WxError(47003, f"argument invalid! data.{name}.value invalid")


def _spend(state: State, call: WxCall, body: dict) -> None:
    grant = state.store.get(Grant, f"{call.app.appid}/{body['touser']}/{body['template_id']}")
    if grant is None or grant.left < 1:
        raise WxError(43101)
    grant.left -= 1
    state.store.save(grant)


def routes(blueprint: Blueprint, state: State) -> None:
    """Mount everything of this module."""
    admin = "/wxaapi/newtmpl"
    mount(blueprint, state, "GET", f"{admin}/getcategory", categories)
    mount(blueprint, state, "GET", f"{admin}/getpubtemplatetitles", titles)
    mount(blueprint, state, "GET", f"{admin}/getpubtemplatekeywords", keywords)
    mount(blueprint, state, "POST", f"{admin}/addtemplate", add)
    mount(blueprint, state, "GET", f"{admin}/gettemplate", listing)
    mount(blueprint, state, "POST", f"{admin}/deltemplate", remove)
    mount(blueprint, state, "POST", "/cgi-bin/message/subscribe/send", send)
