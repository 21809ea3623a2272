"""What the shop knows about this plugin before it runs any of it."""

from __future__ import annotations

from pathlib import Path

from core.plugin import OrderCancelled, OrderClosed, OrderPaid, OrderRefunded, Permission, Plugin

from . import console, handlers, hooks, models, pages, settings, storefront

plugin = Plugin(
    name="fullreduction",
    title="满减送",
    summary="满元或满件，减钱、打折、包邮或送赠品；阶梯或每满，按优先级逐行互斥",
    version="0.1.0",
    api="0.9",
    settings=settings.Settings,
    permissions=(
        Permission("fullreduction.view", "查看满减送", roles=("manager", "clerk")),
        Permission("fullreduction.edit", "编辑满减送活动和赠品", roles=("manager",)),
    ),
    storefront=storefront.blp,
    console=console.blp,
    pages=pages.bp,
    icon="rosette-discount",
    audit_words={
        "fullreduction.create_rule": "新建满减活动",
        "fullreduction.edit_rule": "修改满减活动",
        "fullreduction.switch_rule": "启停满减活动",
        "fullreduction.remove_rule": "删除满减活动",
        "fullreduction.create_gift": "添加赠品",
        "fullreduction.restock_gift": "补充赠品",
        "fullreduction.decide": "处理退货的赠品",
        "rule": "满减活动",
        "gift": "赠品",
        "given": "已送赠品",
        "title": "名称",
        "stock": "数量",
        "change": "增减",
        "came_back": "已收回",
    },
    tables=models.Base,
    migrations=Path(__file__).parent / "migrations",
    hooks=hooks,
    handlers={
        OrderPaid: handlers.paid,
        OrderClosed: handlers.put_back,
        OrderCancelled: handlers.put_back,
        OrderRefunded: handlers.review,
    },
)
