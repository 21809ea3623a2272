from __future__ import annotations

from core.errors import Conflict


class StaleEdit(Conflict):
    """Somebody saved the same thing after it was opened.

    `edited_at` and `edited_by` (None: not known) say when and who, `current` holds the present values by field, so that
    a form can show both; `current["version"]` goes back with the next try.
    """

    code = "stale_edit"
    message = "内容已被其他人修改，请核对后再保存"
