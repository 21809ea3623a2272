"""The demo shop that `jishi up` opens: 邢襄示范超市, three stores, 445 articles, WeChat played by the simulator.

Only in development: its logins are public.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from core.data.demologin import PASSWORD, PHONE, SLUG
from core.demo import account, goods, plugins, stores, wechat
from core.services import services
from tenants.context import bind

Progress = Callable[[int, int], None]

_STEPS: tuple[Callable[[], None], ...] = (
    stores.open_stores,
    goods.fill_shelves,
    wechat.connect,
    account.make_till_key,
    plugins.switch_on,
)


def ensure(app: Flask, progress: Progress = lambda done, total: None) -> None:
    """Make what is missing of the demo shop; what is there stays as people have left it.

    `progress(done, total)` is called after each step. Does nothing in production.
    """
    with app.app_context():
        if services().config.production:
            return
        total = len(_STEPS) + 1
        ref = account.open_tenant()
        progress(1, total)
        with bind(ref):
            for done, step in enumerate(_STEPS, 2):
                step()
                progress(done, total)


def logins() -> list[tuple[str, str, str]]:
    """What there is to log in to: (what, address, login). Needs an app context; empty without a demo shop."""
    config = services().config
    ref = services().registry.by_slug(SLUG)
    if config.production or ref is None:
        return []
    base = f"http://{ref.slug}.{config.domain}:{config.port}"
    return [
        (f"{ref.name} 后台", f"{base}/console/api/v1", f"{PHONE} / {PASSWORD}"),
        (f"{ref.name} 商城", f"{base}/store/api/v1", "微信登录（模拟器）"),
        (f"{ref.name} 开放接口", f"{base}/open/api/v1", account.till_key(ref)),
    ]
