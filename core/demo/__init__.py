"""The demo shop that `jishi up` opens: 邢襄示范超市, three stores, 445 articles, WeChat played by the simulator.

Only in development: its logins are public.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from core.data.demologin import OPERATOR, OPERATOR_PASSWORD, PASSWORD, PHONE, SLUG
from core.demo import account, goods, platform, plugins, stores, team, wechat
from core.demo.past import service as past
from core.services import services
from tenants.context import TenantRef, bind

Progress = Callable[[int, int], None]

_STEPS: tuple[Callable[[], None], ...] = (
    stores.open_stores,
    goods.fill_shelves,
    wechat.connect,
    account.make_till_key,
    plugins.switch_on,
    team.hire,
)


def ensure(app: Flask, progress: Progress = lambda done, total: None) -> None:
    """Make what is missing of the demo shop, its past last; what is there stays as people have left it.

    `progress(done, total)` is called after each step. Does nothing in production.
    """
    with app.app_context():
        days = services().config.demo_days
        if services().config.production:
            return
        bar = _Bar(progress, 2 + len(_STEPS) + past.portions(days))
        platform.appoint()
        bar.advance()
        ref = account.open_tenant()
        bar.advance()
        with bind(ref):
            for step in _STEPS:
                step()
                bar.advance()
        with bind(_as_it_stands()):
            past.write(bar.advance, days)
        bar.finish()


def _as_it_stands() -> TenantRef:
    """The demo tenant with the plugins that were switched on just now: they are told of its past."""
    services().registry.invalidate()
    return services().registry.by_slug(SLUG)


class _Bar:
    """Counts the steps for whoever watches."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def advance(self) -> None:
        self._done += 1
        self._progress(self._done, self._total)

    def finish(self) -> None:
        """What was there already counts as done."""
        if self._done < self._total:
            self._progress(self._total, self._total)


def logins() -> list[tuple[str, str, str]]:
    """What there is to log in to: (what, address, login). Needs an app context; empty without a demo shop."""
    config = services().config
    ref = services().registry.by_slug(SLUG)
    if config.production or ref is None:
        return []
    base = f"http://{ref.slug}.{config.domain}:{config.port}"
    return [
        (f"{ref.name} 后台", f"{base}/console/", f"{PHONE} / {PASSWORD}"),
        *[(f"{one.name}（{one.store_code}）", f"{base}/console/", one.login) for one in team.TEAM],
        (f"{ref.name} 商城", f"{base}/store/api/v1", "微信登录（模拟器）"),
        ("平台运营", f"http://{config.domain}:{config.port}/platform", f"{OPERATOR} / {OPERATOR_PASSWORD}"),
        (f"{ref.name} 开放接口", f"{base}/open/api/v1", account.till_key(ref)),
    ]
