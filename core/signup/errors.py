from __future__ import annotations

from core.errors import NotFound


class SignupNotFound(NotFound):
    code = "signup_not_found"
    message = "没有找到这个入驻申请"
