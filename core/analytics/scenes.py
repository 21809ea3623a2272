"""Where shoppers come from: WeChat's scene numbers (场景值) by source, with the names that merchants know. Pure."""

from __future__ import annotations

import re

NONE, ALL = "", "*"
"""Scenes of roll-ups: an order that no visit led to; every scene together."""

SCENE = re.compile(r"[A-Za-z0-9_.:-]{1,32}")
"""A scene as clients send it: WeChat's number, or a text of the shop's own (on a poster, of a guide)."""

SOURCES = {
    "scan": "扫码",
    "search": "搜索",
    "share": "分享",
    "official": "公众号",
    "nearby": "附近",
    "recent": "最近使用",
    "channels": "视频号",
    "message": "消息通知",
    "pay": "微信支付与卡包",
    "ad": "广告",
    "link": "链接与其他应用",
    "own": "自有渠道",
    "other": "其他",
    "none": "无来源",
}

_SCENES = {
    "scan": {
        1011: "扫描二维码", 1012: "长按识别二维码", 1013: "相册二维码", 1025: "扫描一维码", 1031: "长按识别一维码",
        1032: "相册一维码", 1047: "扫描小程序码", 1048: "长按识别小程序码", 1049: "相册小程序码", 1124: "扫描一物一码",
        1125: "长按识别一物一码", 1126: "相册一物一码", 1150: "扫商品条码",
    },
    "search": {
        1005: "首页搜索框", 1006: "小程序入口搜索框", 1027: "搜索框中使用过的小程序", 1042: "添加好友搜索",
        1053: "搜一搜结果页", 1054: "搜索框快捷入口",
    },
    "share": {
        1007: "单人聊天卡片", 1008: "群聊卡片", 1036: "App 分享卡片", 1044: "带群信息的卡片", 1096: "聊天记录",
        1154: "朋友圈单页模式", 1155: "单页模式打开", 1158: "群工具", 1160: "群待办",
    },
    "official": {
        1020: "公众号资料页", 1035: "公众号菜单", 1043: "公众号模板消息", 1058: "公众号文章", 1067: "公众号文章广告",
        1074: "公众号会话卡片", 1082: "公众号会话文字链", 1091: "公众号文章商品卡片", 1102: "公众号服务预览",
        1144: "公众号文章视频", 1157: "服务号会话页",
    },
    "nearby": {1026: "附近的小程序", 1068: "附近的小程序广告"},
    "recent": {
        1001: "发现页最近使用", 1022: "聊天置顶", 1023: "手机桌面图标", 1089: "下拉最近使用", 1090: "菜单最近使用",
        1103: "发现页我的小程序", 1104: "下拉我的小程序", 1131: "浮窗", 1187: "浮窗",
    },
    "channels": {
        1175: "视频号商店入口", 1176: "视频号直播间", 1177: "视频号直播商品", 1191: "视频号活动", 1193: "视频号服务菜单",
        1195: "视频号商品",
    },
    "message": {1014: "订阅消息", 1073: "客服消息卡片", 1081: "客服消息文字链", 1107: "订阅消息"},
    "pay": {
        1019: "微信钱包", 1028: "我的卡包", 1029: "卡券详情页", 1034: "支付完成页", 1052: "卡券门店列表",
        1057: "银行卡详情页", 1071: "银行卡列表页", 1072: "收款页面", 1097: "支付签约页",
    },
    "ad": {
        1045: "朋友圈广告", 1046: "朋友圈广告详情页", 1084: "朋友圈广告原生页", 1095: "小程序广告", 1200: "视频号广告",
        1201: "视频号广告详情页", 1228: "视频号原生广告",
    },
    "link": {
        1037: "其他小程序", 1038: "从其他小程序返回", 1069: "移动应用", 1167: "网页标签", 1168: "移动应用", 1194: "短链接",
    },
}  # fmt: skip

_BY_SCENE = {str(number): (source, name) for source, scenes in _SCENES.items() for number, name in scenes.items()}
_WECHAT = re.compile(r"1[0-9]{3}")


def source_of(scene: str) -> str:
    """The source (key of SOURCES) that a scene belongs to; numbers we don't know are `other`, other texts `own`."""
    if scene == NONE:
        return "none"
    if scene in _BY_SCENE:
        return _BY_SCENE[scene][0]
    return "other" if _WECHAT.fullmatch(scene) else "own"


def scene_name(scene: str) -> str:
    """What people read: `1047` → 扫描小程序码, `1999` → 场景 1999, the shop's own text as it is."""
    if scene == NONE:
        return SOURCES["none"]
    if scene in _BY_SCENE:
        return _BY_SCENE[scene][1]
    return f"场景 {scene}" if _WECHAT.fullmatch(scene) else scene
