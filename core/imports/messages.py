"""What people read about a file or a line that could not be taken (zh-CN): each text says what to do."""

from __future__ import annotations

TEXTS = {
    # The whole file.
    "import_file_empty": "文件里没有数据，请确认第 1 行是表头、第 2 行起是数据",
    "import_file_too_large": "文件超过 {limit} MB，请拆成几个文件分别导入",
    "import_too_many_rows": "文件超过 {limit} 行，第 {line} 行起没有读入，请拆成几个文件分别导入",
    "import_type_unsupported": "不支持这种文件（{name}），请另存为 .xlsx、.csv（UTF-8 或 GB18030）或 .jsonl 再导入",
    "import_old_excel": "这是旧版 Excel 文件（.xls），请在 Excel 里另存为“Excel 工作簿（.xlsx）”再导入",
    "import_json_array": "JSON 文件须每行一个对象（JSONL），请去掉最外层的方括号并让每个对象占一行",
    "import_encoding_unknown": "第 {line} 行有无法识别的字符，请把文件另存为 UTF-8 编码的 CSV 再导入",
    "import_file_broken": "文件已损坏或不完整，第 {line} 行起没有读入，请重新导出后再导入",
    "import_archive_bomb": "文件解压后异常巨大，已停止读取，请重新另存为普通的 .xlsx 或 .csv 再导入",
    "import_missing_columns": "缺少必填列：{missing}。第 1 行须是表头；文件里的列有：{found}",
    "import_columns_clash": "列“{first}”和“{second}”是同一项内容，请只保留一列",
    "import_duplicate_column": "表头“{name}”出现了两次，请删去或改名其中一列",
    "import_too_many_columns": "文件超过 {limit} 列，请删去不需要的列",
    "import_unclosed_quote": "第 {line} 行的引号没有闭合，从这一行起没有读入，请补上引号后重新导入",
    # One line.
    "cells_beyond_header": "这一行比表头多出单元格，请检查内容里的逗号是否用双引号括起",
    "line_unreadable": "这一行的格式有误（{reason}），请检查引号和分隔符",
    "json_invalid": "这一行不是正确的 JSON 对象，请检查引号、逗号和括号",
    "line_too_long": "这一行太长，请检查是否漏了换行",
    "duplicate_row": "与第 {first} 行重复（{key}），只导入了前一行，请删去其中一行",
    "duplicate_barcode": "条码 {key} 已在第 {first} 行用于另一商品，请核对两行的条码",
    "duplicate_phone": "手机号 {key} 已在第 {first} 行用于另一会员，请核对两行的手机号",
    "columns_clash": "“{first}”和“{second}”是同一项内容，请只保留一项",
    # One cell.
    "required": "必填，请补上内容",
    "formula_error": "单元格是公式错误值，请在 Excel 里修正公式或改为直接填写",
    "not_text": "这里应填文字",
    "too_long": "最多 {limit} 个字，现有 {size} 个，请缩短",
    "control_character": "含有不可见的控制字符，请删去后重新填写",
    "code_invalid": "编码只能用字母、数字、汉字和 . _ / # + -，不能有空格，最多 64 位",
    "price_invalid": "价格应填以元为单位的数字，例如 12.80",
    "price_places": "价格最多两位小数，请改为精确到分，例如 12.80",
    "fen_invalid": "这一列的单位是分，应填整数，例如 1280 表示 12.80 元",
    "price_negative": "价格不能是负数",
    "price_zero": "售价必须大于 0",
    "price_too_large": "价格过大（超过 {limit} 元），请检查单位是元还是分",
    "member_price_above_list": "会员价不能高于售价，请核对两个价格",
    "quantity_invalid": "应填数字，例如 12 或 1.250",
    "quantity_places": "数量最多三位小数，请四舍五入后重填",
    "quantity_negative": "数量不能是负数",
    "quantity_too_large": "数量过大，请核对",
    "integer_invalid": "应填不带小数的数字",
    "yes_no_invalid": "应填“是”或“否”",
    "barcode_scientific": "条码被表格软件变成了科学计数法，已丢失数字；请把该列设为“文本”格式后重新填写条码",
    "barcode_lost_zero": "条码开头的 0 被表格软件去掉了，应为 {expected}；请把该列设为“文本”格式后重新填写",
    "barcodes_too_many": "一个商品最多 {limit} 个条码",
    "category_too_deep": "分类最多三级，请合并层级",
    "sku_or_barcode": "货号和条码至少填一项",
    "phone_invalid": "应填 11 位手机号，例如 13800000000 这样的数字",
    "number_scientific": "数字被表格软件变成了科学计数法，请把该列设为“文本”格式后重新填写",
    "moment_invalid": "应填日期，例如 2026-01-31 或 2026-01-31 08:30",
    "tags_invalid": "标签应写成“名称=值;名称=值”，或 JSON 对象",
    "tags_too_many": "一个会员最多 {limit} 个标签",
    "url_invalid": "应填以 https:// 开头的网址",
    # The report itself.
    "report_line": "行号",
    "report_column": "列",
    "report_value": "内容",
    "report_code": "错误代码",
    "report_message": "怎么办",
    "report_more": "另有 {more} 处错误没有列出，请先改正以上各行再导入",
}


def say(code: str, /, **values: object) -> str:
    """The text of a code with its values filled in."""
    return TEXTS[code].format(**values)
