"""Puts the product together: the only place that knows every part."""

from __future__ import annotations

from flask import Flask
from redis import Redis

import core.models  # noqa: F401  (the metadata must be complete before the first query)
from core import console, openapi, signup, storefront
from core.config import Config
from core.crypto import Vault
from core.fulfilment import wiring as fulfilment
from core.host.bus import NOTHING_ON, Bus
from core.media import serving as media
from core.notices import service as notices
from core.payments import callbacks
from core.payments import wiring as payments
from core.pricing.service import Market
from core.services import Services, install
from core.web import health, observe, problems, tenancy
from core.wechat.guard import check_base_urls
from tenants import db as tenant_db
from tenants.registry import Registry

MAX_BODY = 1024 * 1024
"""JSON bodies end here; uploads of files name their own limit."""


def create_app(config: Config | None = None) -> Flask:
    """The Flask application for `config` (from the environment when None); raises ConfigError, UnsafeBaseUrl."""
    config = config or Config.from_env()
    check_base_urls(config.env, config.wxpay_base_url, config.wxapi_base_url)
    app = Flask("jishi", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.json.ensure_ascii = False
    tenant_db.configure(app, config)
    with app.app_context():
        registry = Registry(tenant_db.db.engines["platform"], config.domain)
    redis = Redis.from_url(config.redis_url, socket_timeout=5, socket_connect_timeout=2)
    install(app, Services(config, redis, Vault(config.master_key), registry))
    app.extensions["jishi.market"] = Market(Bus(), NOTHING_ON)
    for part in (observe, tenancy, problems, health, media, storefront, console, openapi, signup, callbacks):
        part.register(app)
    for part in (payments, fulfilment, notices):
        part.wire(app)
    return app
