"""The Flask application of the simulator: every module mounted, every answer marked."""

from flask import Blueprint, Flask, Response, request

from simulator import (
    accounts,
    bills,
    bygone,
    certificates,
    desk,
    login,
    notify,
    pages,
    pay,
    provision,
    qrcodes,
    refunds,
    shipping,
    subscribe,
    wallet,
)
from simulator.control import answer
from simulator.state import State

_MODULES = (accounts, bills, bygone, certificates, desk, login, pages, pay, provision, qrcodes, refunds, shipping,
            subscribe, wallet)


def create_app(state: State) -> Flask:
    """Mount the modules and take up what was pending before a restart."""
    app = Flask("simulator", static_folder=None)
    blueprint = Blueprint("wechat", "simulator")
    for module in _MODULES:
        module.routes(blueprint, state)
    app.register_blueprint(blueprint)
    app.after_request(_mark)
    app.register_error_handler(404, _unknown)
    notify.resume(state)
    refunds.resume(state)
    state.scheduler.start()
    return app


def _mark(response: Response) -> Response:
    response.headers["X-Simulator"] = "1"
    if request.path.startswith("/_sim/wallet/"):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    return response


def _unknown(error) -> Response:
    return answer({"code": "RESOURCE_NOT_EXISTS", "message": f"模拟器没有此接口 {request.method} {request.path}"}, 404)
