"""Staff log in (with a second factor where it is on), join by invitation, and look after their own login."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from sqlalchemy import RowMapping

from core.console.auth import COMMON, current_staff, requires
from core.db import db
from core.staff import invitations, people, service, sessions, twofactor
from core.staff.errors import SecondFactorRequired
from core.staff.schemas import (
    AcceptSchema,
    CodeSchema,
    CredentialsSchema,
    EndedSchema,
    EnrolmentSchema,
    InvitationTokenSchema,
    MeSchema,
    OfferSchema,
    OpenSessionsSchema,
    PasswordSchema,
    RecoveryCodesSchema,
    SecondFactorSchema,
    StaffSessionSchema,
    TwoFactorOffSchema,
    TwoFactorSchema,
)
from core.web.api import problems_documented
from core.web.paths import with_paths

blp = with_paths(Blueprint("console_session", __name__))


@blp.route("/session", methods=["POST"])
@blp.doc(security=[])
@blp.arguments(CredentialsSchema)
@blp.response(200, StaffSessionSchema)
@problems_documented(blp, *COMMON, 429)
def login(data: dict[str, Any]) -> service.LoggedIn:
    """Log in with phone and password; five wrong passwords lock the account for fifteen minutes.

    With two-factor on the answer is 401 `second_factor_required` with `pending` for `/session/second-factor`.
    """
    result = service.login(data["phone"], data["password"])
    db.session.commit()
    if isinstance(result, service.SecondFactorNeeded):
        raise SecondFactorRequired(pending=result.pending, expires_at=result.expires_at)
    return result


@blp.route("/session/second-factor", methods=["POST"])
@blp.doc(security=[])
@blp.arguments(SecondFactorSchema)
@blp.response(200, StaffSessionSchema)
@problems_documented(blp, *COMMON, 429)
def complete_login(data: dict[str, Any]) -> service.LoggedIn:
    """The second step: a code of the app or a recovery code. Wrong ones count like wrong passwords."""
    session = service.complete_login(data["pending"], data["code"])
    db.session.commit()
    return session


@blp.route("/session")
@requires()
@blp.response(200, MeSchema)
@problems_documented(blp, *COMMON)
def read_session() -> dict[str, Any]:
    """Who is logged in and what they may do; permissions of plugins only while they are on."""
    staff = current_staff()
    return {
        "id": staff.id,
        "name": staff.name,
        "phone": staff.phone,
        "role": staff.role,
        "permissions": sorted(staff.permissions),
        "store_ids": staff.scope,
    }


@blp.route("/session", methods=["DELETE"])
@requires()
@blp.response(204)
@problems_documented(blp, *COMMON)
def logout() -> None:
    """End this session."""
    service.logout(current_staff().session_id)
    db.session.commit()


@blp.route("/session/password", methods=["PUT"])
@requires()
@blp.arguments(PasswordSchema)
@blp.response(204)
@problems_documented(blp, *COMMON, 429)
def change_password(data: dict[str, Any]) -> None:
    """Change one's own password; other sessions end."""
    staff = current_staff()
    people.change_own_password(staff.id, staff.session_id, data["old"], data["new"])
    db.session.commit()


@blp.route("/session/all")
@requires()
@blp.response(200, OpenSessionsSchema)
@problems_documented(blp, *COMMON)
def list_sessions() -> dict[str, Any]:
    """Where one is logged in."""
    staff = current_staff()
    return {"items": sessions.sessions(staff.id, staff.session_id)}


@blp.route("/session/others", methods=["DELETE"])
@requires()
@blp.response(200, EndedSchema)
@problems_documented(blp, *COMMON)
def end_other_sessions() -> dict[str, int]:
    """Log out everywhere else."""
    staff = current_staff()
    ended = sessions.end_other_sessions(staff.id, staff.session_id)
    db.session.commit()
    return {"ended": ended}


@blp.route("/session/all/<id:session_id>", methods=["DELETE"])
@requires()
@blp.response(204)
@problems_documented(blp, *COMMON)
def end_session(session_id: int) -> None:
    """Log out in one place."""
    sessions.end_session(current_staff().id, session_id)
    db.session.commit()


@blp.route("/session/two-factor")
@requires()
@blp.response(200, TwoFactorSchema)
@problems_documented(blp, *COMMON)
def read_two_factor() -> RowMapping:
    """Whether one's login needs a code, and how many recovery codes are left."""
    return twofactor.state(current_staff().id)


@blp.route("/session/two-factor", methods=["POST"])
@requires()
@blp.response(201, EnrolmentSchema)
@problems_documented(blp, *COMMON, 409)
def enrol_two_factor() -> twofactor.Enrolment:
    """A new secret for the app; it counts once a code made from it is confirmed."""
    enrolment = twofactor.enrol(current_staff().id)
    db.session.commit()
    return enrolment


@blp.route("/session/two-factor", methods=["PUT"])
@requires()
@blp.arguments(CodeSchema)
@blp.response(200, RecoveryCodesSchema)
@problems_documented(blp, *COMMON, 409)
def confirm_two_factor(data: dict[str, Any]) -> dict[str, Any]:
    """Switch two-factor on with the first code; the recovery codes are shown this once."""
    codes = twofactor.confirm(current_staff().id, data["code"])
    db.session.commit()
    return {"recovery_codes": codes}


@blp.route("/session/two-factor/recovery-codes", methods=["POST"])
@requires()
@blp.arguments(CodeSchema)
@blp.response(201, RecoveryCodesSchema)
@problems_documented(blp, *COMMON, 409, 429)
def renew_recovery_codes(data: dict[str, Any]) -> dict[str, Any]:
    """New recovery codes instead of the old ones."""
    codes = twofactor.renew_recovery_codes(current_staff().id, data["code"])
    db.session.commit()
    return {"recovery_codes": codes}


@blp.route("/session/two-factor/off", methods=["POST"])
@requires()
@blp.arguments(TwoFactorOffSchema)
@blp.response(204)
@problems_documented(blp, *COMMON, 409, 429)
def turn_off_two_factor(data: dict[str, Any]) -> None:
    """Switch two-factor off with the password and a code."""
    twofactor.turn_off(current_staff().id, data["password"], data["code"])
    db.session.commit()


@blp.route("/session/invitation/look", methods=["POST"])
@blp.doc(security=[])
@blp.arguments(InvitationTokenSchema)
@blp.response(200, OfferSchema)
@problems_documented(blp, *COMMON)
def look_at_invitation(data: dict[str, Any]) -> RowMapping:
    """What an invitation offers to whoever holds its token."""
    return invitations.look(data["token"])


@blp.route("/session/invitation", methods=["POST"])
@blp.doc(security=[])
@blp.arguments(AcceptSchema)
@blp.response(200, StaffSessionSchema)
@problems_documented(blp, *COMMON, 409)
def accept_invitation(data: dict[str, Any]) -> service.LoggedIn:
    """Accept an invitation with a name and a password: the account is made and logged in."""
    session = invitations.accept(data["token"], data["name"], data["password"])
    db.session.commit()
    return session
