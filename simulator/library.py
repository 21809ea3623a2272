"""The public library of subscribe-message templates: ``tid`` → title and keywords ``kid`` → (name, rule, example)."""

LIBRARY = {
    "1001": {"title": "取货提醒", "keywords": {
        1: ("商品名称", "thing", "可口可乐 330ml"),
        2: ("取货码", "character_string", "A1024"),
        3: ("取货门店", "thing", "解放路店"),
        4: ("取货时间", "time", "2019年10月1日 15:01~2019年10月1日 18:00"),
        5: ("温馨提示", "thing", "请凭取货码到店取货"),
    }},
    "1002": {"title": "订单支付成功通知", "keywords": {
        1: ("订单号", "character_string", "20191001150100"),
        2: ("支付金额", "amount", "16.80元"),
        3: ("支付时间", "time", "2019年10月1日 15:01"),
        4: ("商品名称", "thing", "可口可乐 330ml"),
    }},
    "1003": {"title": "退款通知", "keywords": {
        1: ("订单号", "character_string", "20191001150100"),
        2: ("退款金额", "amount", "16.80元"),
        3: ("退款时间", "time", "2019年10月1日 15:01"),
        4: ("退款原因", "thing", "商品缺货"),
        5: ("退款状态", "phrase", "退款成功"),
    }},
    "1004": {"title": "订单配送通知", "keywords": {
        1: ("订单号", "character_string", "20191001150100"),
        2: ("配送员", "name", "张师傅"),
        3: ("联系电话", "phone_number", "020-81167888"),
        4: ("预计送达时间", "time", "15:01"),
        5: ("配送地址", "thing", "解放路100号"),
    }},
    "1005": {"title": "订单取消通知", "keywords": {
        1: ("订单号", "character_string", "20191001150100"),
        2: ("取消原因", "thing", "超时未支付"),
        3: ("取消时间", "time", "2019年10月1日 15:01"),
        4: ("订单金额", "amount", "16.80元"),
    }},
    "1006": {"title": "取货完成通知", "keywords": {
        1: ("订单号", "character_string", "20191001150100"),
        2: ("取货门店", "thing", "解放路店"),
        3: ("取货时间", "time", "2019年10月1日 15:01"),
        4: ("备注", "thing", "欢迎再次光临"),
    }},
    "1007": {"title": "优惠券到期提醒", "keywords": {
        1: ("优惠券", "thing", "满50减5"),
        2: ("到期时间", "time", "2019年10月1日 15:01"),
        3: ("张数", "number", "1"),
    }},
}


def template_line(kid: int, name: str, rule: str, example: str) -> str:
    """One line of a template's content."""
    return f"{name}:{{{{{rule}{kid}.DATA}}}}\n"


def example_line(name: str, rule: str, example: str) -> str:
    """One line of a template's example."""
    return f"{name}:{example}\n"
