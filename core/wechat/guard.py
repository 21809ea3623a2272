"""A simulator's address must never reach production (wechat.md §1)."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

PAY_HOSTS = frozenset({"api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"})
API_HOSTS = frozenset({"api.weixin.qq.com"})
LOOSE = frozenset({"development", "test"})


class UnsafeBaseUrl(Exception):
    """A configured WeChat address this environment must not talk to; the process must not start."""


def check_base_urls(env: str, wxpay: str, wxapi: str) -> None:
    """Refuse addresses of WeChat that `env` may not use; raises UnsafeBaseUrl.

    In development and test any http(s) base passes; in production, and in an environment of any other name,
    only https on WeChat's own hosts and port.
    """
    check_base_url(env, "WXPAY_BASE_URL", wxpay, PAY_HOSTS)
    check_base_url(env, "WXAPI_BASE_URL", wxapi, API_HOSTS)


def check_base_url(env: str, name: str, url: str, hosts: frozenset[str]) -> None:
    """One address; raises UnsafeBaseUrl naming the variable, the value and what is allowed."""
    parts = _split(name, url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise UnsafeBaseUrl(f"{name}={url!r} is not an http(s) base address")
    if env in LOOSE:
        return
    if parts.scheme != "https" or parts.hostname not in hosts or not _plain(parts):
        raise UnsafeBaseUrl(f"{name}={url!r}: production talks only to https://{' or https://'.join(sorted(hosts))}")


def _split(name: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise UnsafeBaseUrl(f"{name}={url!r} is not an address: {error}") from error
    return parts


def _plain(parts: SplitResult) -> bool:
    return parts.port in {None, 443} and "@" not in parts.netloc and parts.path in {"", "/"}
