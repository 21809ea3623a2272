"""`jishi provider FILE`: the platform's own keys for shops that are paid through it (服务商模式)."""

from __future__ import annotations

import json
from typing import Any, TextIO

import click

from core import create_app
from core.payments.profiles import save_provider

PUBLIC = ("appid", "mchid", "cert_serial_no", "verify_mode", "wxpay_public_key_id", "wxpay_public_key_pem")
SECRET = ("private_key_pem", "apiv3_key")


@click.command()
@click.argument("file", type=click.File(encoding="utf-8"))
def provider(file: TextIO) -> None:
    """保存服务商密钥。FILE 为 JSON：appid、mchid、cert_serial_no、wxpay_public_key_id、wxpay_public_key_pem、
    private_key_pem、apiv3_key；密钥加密存放，之后可删除该文件。"""
    data: dict[str, Any] = {"verify_mode": "pubkey"} | json.load(file)
    missing = [name for name in (*PUBLIC, *SECRET) if not data.get(name)]
    if missing:
        raise click.ClickException(f"缺少 {'、'.join(missing)}")
    with create_app().app_context():
        save_provider({name: data[name] for name in PUBLIC}, {name: data[name] for name in SECRET})
    click.echo(f"已保存服务商 {data['mchid']} 的密钥")
