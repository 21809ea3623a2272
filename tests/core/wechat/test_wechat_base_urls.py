"""Production starts with WeChat's own addresses or not at all."""

from __future__ import annotations

import pytest

from core.wechat.guard import UnsafeBaseUrl, check_base_urls

PAY, API = "https://api.mch.weixin.qq.com", "https://api.weixin.qq.com"


@pytest.mark.parametrize("pay", [PAY, "https://api2.mch.weixin.qq.com", PAY + "/", PAY + ":443"])
def test_production_takes_the_official_hosts(pay: str) -> None:
    check_base_urls("production", pay, API)


UNSAFE = [
    "http://127.0.0.1:8099",
    "https://127.0.0.1:8099",
    "http://api.mch.weixin.qq.com",
    "https://api.mch.weixin.qq.com.evil.example",
    "https://evil.example/api.mch.weixin.qq.com",
    "https://api.mch.weixin.qq.com@evil.example",
    "https://user@api.mch.weixin.qq.com",
    "https://api.mch.weixin.qq.com:8443",
    "https://api.mch.weixin.qq.com/sandbox",
    "https://api.mch.weixin.qq.com?x=1",
    "https://api.mch.weixin.qq.com:port",
    API,
    "",
]


@pytest.mark.parametrize("pay", UNSAFE)
def test_production_refuses_any_other_pay_address(pay: str) -> None:
    with pytest.raises(UnsafeBaseUrl, match="WXPAY_BASE_URL"):
        check_base_urls("production", pay, API)


@pytest.mark.parametrize("api", ["http://127.0.0.1:8099", PAY, "https://api.weixin.qq.com.cn"])
def test_production_refuses_any_other_api_address(api: str) -> None:
    with pytest.raises(UnsafeBaseUrl, match="WXAPI_BASE_URL"):
        check_base_urls("production", PAY, api)


def test_misspelt_environment_is_as_strict_as_production() -> None:
    with pytest.raises(UnsafeBaseUrl):
        check_base_urls("Production ", "http://127.0.0.1:8099", API)


@pytest.mark.parametrize("env", ["development", "test"])
def test_development_takes_a_simulator(env: str) -> None:
    check_base_urls(env, "http://127.0.0.1:8099", "http://127.0.0.1:8099")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1:8099", "http://"])
def test_address_that_is_no_base_is_refused_everywhere(url: str) -> None:
    with pytest.raises(UnsafeBaseUrl):
        check_base_urls("development", url, API)
