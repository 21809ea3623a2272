"""marshmallow's complaints in the words of a shop; every form and every API says the same."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import validate

_FIELDS: dict[type[ma.fields.Field], dict[str, str]] = {
    ma.fields.Field: {"required": "请填写", "null": "请填写", "validator_failed": "内容有误"},
    ma.fields.String: {"invalid": "应为文字", "invalid_utf8": "含有无法识别的字符"},
    ma.fields.Integer: {"invalid": "应为整数"},
    ma.fields.Decimal: {"invalid": "应为数字", "special": "应为数字"},
    ma.fields.Boolean: {"invalid": "应为是或否"},
    ma.fields.Date: {"invalid": "应为日期，例如 2026-01-31"},
    ma.fields.Time: {"invalid": "应为时间，例如 08:30"},
    ma.fields.AwareDateTime: {"invalid": "应为日期和时间", "invalid_awareness": "应带有时区"},
    ma.fields.List: {"invalid": "应为列表"},
    ma.fields.Nested: {"type": "格式有误"},
}


def install() -> None:
    """Set the words for the whole process."""
    for kind, messages in _FIELDS.items():
        kind.default_error_messages = {**kind.__dict__.get("default_error_messages", {}), **messages}
    ma.Schema._default_error_messages = {"type": "格式有误", "unknown": "不认识的字段"}
    validate.Length.message_min = "至少 {min} 个"
    validate.Length.message_max = "最多 {max} 个"
    validate.Length.message_all = "应为 {min} 到 {max} 个"
    validate.Length.message_equal = "应为 {equal} 个"
    validate.Range.message_min = "应{min_op} {{min}}"
    validate.Range.message_max = "应{max_op} {{max}}"
    validate.Range.message_all = "应{min_op} {{min}}，且{max_op} {{max}}"
    validate.Range.message_gte, validate.Range.message_gt = "不小于", "大于"
    validate.Range.message_lte, validate.Range.message_lt = "不大于", "小于"
    validate.OneOf.default_message = "请从给出的选项中选择"
    validate.ContainsOnly.default_message = "请从给出的选项中选择"
    validate.Regexp.default_message = "格式有误"
    validate.Equal.default_message = "应等于 {other}"
    validate.Email.default_message = "邮箱地址有误"
    validate.URL.default_message = "网址有误"


install()
