"""Clock, settings, faults, notifies, dumps and reset under ``/_sim/*``."""

from flask import Blueprint, request

from simulator import control, notify
from simulator.errors import ControlError
from simulator.faults import CATALOGUE, Faults
from simulator.models import Fault, Message, Notify, Order, QrCode, Refund, Shipping, Template, User
from simulator.schema import Anything, Flag, Number, Record, Text, Whole
from simulator.state import State

_CLOCK = Record({"advance_seconds": Number(required=True), "wait": Flag()})
_SETTINGS = Record({
    "notify_mode": Text(choices=("auto", "manual")), "close_unknown": Whole(204, 404),
    "refund_interval_seconds": Whole(), "refund_delay_seconds": Whole(),
})
_FAULT = Record({
    "match": Anything(), "fault": Text(1, required=True), "args": Anything(), "times": Whole(1),
    "probability": Number(), "seed": Whole(),
})
_RESEND = Record({"fault": Text(1), "args": Anything()})
_MODE = Record({"mode": Text(choices=("auto", "manual"), required=True), "mchid": Text(1)})
_WAIT = Record({"timeout_seconds": Number()})
_PATIENCE = 30.0
_DUMPS = {"orders": Order, "refunds": Refund, "shipping": Shipping, "messages": Message, "users": User,
          "qrcodes": QrCode, "templates": Template, "notifies": Notify}


class Desk:
    """The switches and the windows of the simulator."""

    def __init__(self, state: State):
        self._state = state

    def health(self) -> dict:
        """Is it up, and what time does it think it is."""
        return {"ok": True, "base_url": request.host_url.rstrip("/")} | self.clock()

    def clock(self) -> dict:
        """Business time."""
        return {"now": self._state.now, "offset_seconds": self._state.clock.offset}

    def advance(self, body: dict) -> dict:
        """Move business time forward; with ``wait``, answer when all that became due is done."""
        if body["advance_seconds"] < 0:
            raise ControlError(400, "OUT_OF_RANGE", "the clock only moves forward")
        self._state.advance(body["advance_seconds"])
        if body.get("wait") and not self._state.scheduler.wait_idle(_PATIENCE):
            raise ControlError(503, "BUSY", "work that became due is still running")
        return self.clock()

    def settings(self) -> dict:
        """Current settings."""
        return self._state.settings

    def configure(self, body: dict) -> dict:
        """Change settings; ``notify_mode`` auto also sends what waited."""
        self._state.configure(**body)
        if body.get("notify_mode") == "auto":
            notify.resume(self._state)
        return self._state.settings

    def add_faults(self):
        """One fault or a list; validated together before any stands."""
        data = control.body()
        entries = data if isinstance(data, list) else [data]
        for entry in entries:
            control.checked(_FAULT, entry)
        rows = [self._add(entry) for entry in entries]
        return control.answer(rows if isinstance(data, list) else rows[0], 201)

    def _add(self, entry: dict) -> Fault:
        if not 0 <= entry.get("probability", 0) <= 1:
            raise ControlError(400, "OUT_OF_RANGE", "/probability: between 0 and 1")
        row = Fault(self._state.ids.hex(12), **({"match": {}, "args": {}} | entry))
        self._faults.add(row)
        if row.fault == "rotate_platform_key":
            self._state.keys.rotate(row.args.get("overlap", True))
            self._drop(row)
        return row

    @property
    def _faults(self) -> Faults:
        return self._state.faults

    def faults(self) -> dict:
        """What stands, with hits."""
        return {"faults": self._state.store.all(Fault)}

    def catalogue(self) -> dict:
        """Every fault by group with its arguments."""
        return CATALOGUE

    def clear_faults(self) -> dict:
        """Remove all, or those of ``?mchid=``."""
        return {"removed": self._faults.clear(request.args.get("mchid"))}

    def remove_fault(self, fault_id: str) -> dict:
        """Remove one."""
        row = self._state.store.get(Fault, fault_id)
        if row is None:
            raise ControlError(404, "NO_FAULT", f"no fault {fault_id}")
        self._drop(row)
        return {"removed": 1}

    def _drop(self, row: Fault) -> None:
        with self._state.store.change():
            self._state.store.delete(row)

    def one_notify(self, notify_id: str) -> Notify:
        """A notify with its attempts."""
        row = self._state.store.get(Notify, notify_id)
        if row is None:
            raise ControlError(404, "NO_NOTIFY", f"no notify {notify_id}")
        return row

    def resend(self, body: dict, notify_id: str) -> dict:
        """Send once more right now, bent by a fault when one is named."""
        extra = []
        if "fault" in body:
            extra = [Fault("resend", body["fault"], {}, body.get("args", {}))]
            if body["fault"] not in CATALOGUE["notify"]:
                raise ControlError(400, "UNKNOWN_FAULT", f"{body['fault']} is not a notify fault")
        return {"attempts": notify.attempt(self._state, self.one_notify(notify_id), extra)}

    def mode(self, body: dict) -> dict:
        """auto or manual, for all or one merchant."""
        notify.set_mode(self._state, body["mode"], body.get("mchid"))
        return {"mode": body["mode"], "mchid": body.get("mchid")}

    def wait(self, body: dict) -> dict:
        """Wait until nothing is due or being sent."""
        return {"idle": self._state.scheduler.wait_idle(float(body.get("timeout_seconds", _PATIENCE)))}

    def dump(self, name: str) -> dict:
        """Rows of one kind, oldest first; see :func:`_fits` for the filters. ``?limit=`` keeps the newest."""
        wanted = request.args.to_dict()
        limit = wanted.pop("limit", "")
        rows = [row for row in self._state.store.all(_DUMPS[name]) if _fits(row, wanted)]
        return {name: rows[-int(limit):] if limit.isdigit() and int(limit) else rows, "total": len(rows)}

    def reset(self, body: dict) -> dict:
        """Forget trades and faults, with ``all`` accounts too."""
        self._state.reset(body.get("all", False))
        return {"ok": True}


def _fits(row, wanted: dict) -> bool:
    """Every query parameter equals the field of that name; mchid also matches sub_mchid."""
    return all(_equals(row, name, value) for name, value in wanted.items())


def _equals(row, name: str, value: str) -> bool:
    if name == "mchid":
        return value in (getattr(row, "mchid", None), getattr(row, "sub_mchid", None), *getattr(row, "mchids", ()))
    return str(getattr(row, name, None)) == value


def routes(blueprint: Blueprint, state: State) -> None:
    """Mount everything of this module."""
    desk = Desk(state)
    for method, rule, handler, record in (
        ("GET", "health", desk.health, None),
        ("GET", "clock", desk.clock, None),
        ("POST", "clock", desk.advance, _CLOCK),
        ("GET", "settings", desk.settings, None),
        ("POST", "settings", desk.configure, _SETTINGS),
        ("POST", "faults", desk.add_faults, None),
        ("GET", "faults", desk.faults, None),
        ("GET", "faults/catalogue", desk.catalogue, None),
        ("DELETE", "faults", desk.clear_faults, None),
        ("DELETE", "faults/<fault_id>", desk.remove_fault, None),
        ("GET", "notifies/<notify_id>", desk.one_notify, None),
        ("POST", "notifies/<notify_id>/resend", desk.resend, _RESEND),
        ("POST", "notifies/mode", desk.mode, _MODE),
        ("POST", "notifies/wait", desk.wait, _WAIT),
        ("POST", "reset", desk.reset, Record({"all": Flag()})),
    ):
        control.mount(blueprint, method, f"/_sim/{rule}", handler, record)
    names = ",".join(_DUMPS)
    control.mount(blueprint, "GET", f"/_sim/<any({names}):name>", desk.dump)
