"""Puts the product together: the only place that knows every part."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import EntryPoint

from flask import Flask
from redis import Redis

import core.models  # noqa: F401  (the metadata must be complete before the first query)
from core import console, openapi, ports, signup, storefront, ui
from core.analytics import wiring as analytics
from core.config import Config
from core.crypto import Vault, derive
from core.fulfilment import wiring as fulfilment
from core.host import failures, gate, guard, loading
from core.media import serving as media
from core.notices import service as notices
from core.operator import wiring as operator
from core.pages import wiring as pages
from core.payments import callbacks
from core.payments import wiring as payments
from core.services import Services, install
from core.staff import wiring as staff
from core.switches import wiring as switches
from core.web import health, observe, problems, tenancy
from core.wechat.guard import check_base_urls
from tenants import db as tenant_db
from tenants.registry import Registry

MAX_BODY = 1024 * 1024
"""JSON bodies end here; uploads of files name their own limit."""


def create_app(config: Config | None = None, entry_points: Sequence[EntryPoint] | None = None) -> Flask:
    """The Flask application for `config` (from the environment when None); raises ConfigError, UnsafeBaseUrl.

    `entry_points` are the plugins to load; None means those that are installed and that `config.plugins` lets in.
    """
    config = config or Config.from_env()
    check_base_urls(config.env, config.wxpay_base_url, config.wxapi_base_url)
    app = Flask("jishi", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.json.ensure_ascii = False
    app.secret_key = derive(config.master_key, "flash")
    app.config.update(SESSION_COOKIE_NAME="jishi-flash", SESSION_COOKIE_SAMESITE="Lax")
    app.config["SESSION_COOKIE_SECURE"] = config.env == "production"
    failures.register(app)
    tenant_db.configure(app, config)
    with app.app_context():
        registry = Registry(tenant_db.db.engines["platform"], config.domain)
    redis = Redis.from_url(config.redis_url, socket_timeout=5, socket_connect_timeout=2)
    install(app, Services(config, redis, Vault(config.master_key), registry))
    for part in (observe, tenancy, problems, health, media, gate, ui, storefront, console, openapi, signup, callbacks):
        part.register(app)
    for part in (payments, fulfilment, notices, switches, pages, analytics, staff, operator):
        part.wire(app)
    with app.app_context():
        guard.register(tenant_db.db.engine)
        loading.load(app, loading.installed(config.plugins) if entry_points is None else entry_points)
    ports.wire(app)
    return app
