"""What is kept of the device somebody logs in from: enough to recognise it, too little to follow a person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from flask import has_request_context, request

_LONGEST = 40
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_V4_BITS, _V6_BITS = 24, 48

_BROWSERS = (
    ("微信", "MicroMessenger/"),
    ("Edge", "Edg/"),
    ("Firefox", "Firefox/"),
    ("Chrome", "Chrome/"),
    ("Safari", "Version/"),
)
"""In this order: the later ones also stand in the names of those before."""

_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("macOS", "Mac OS X"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Device:
    """`user_agent` reads `Chrome 126 · Windows`, `ip_prefix` is a /24 or /48 (`203.0.113.0/24`); both may be empty."""

    user_agent: str = ""
    ip_prefix: str = ""


def of_request() -> Device:
    """The device that the current request comes from; an empty one outside requests."""
    if not has_request_context():
        return Device()
    return Device(shortened(request.headers.get("User-Agent", "")), prefix(request.remote_addr or ""))


def shortened(user_agent: str) -> str:
    """Browser, major version and system; of an unknown program its first word."""
    browser = next((name + _major(user_agent, mark) for name, mark in _BROWSERS if mark in user_agent), None)
    if browser is None:
        return _UNPRINTABLE.sub("", user_agent.partition(" ")[0])[:_LONGEST]
    system = next((name for name, mark in _SYSTEMS if mark in user_agent), None)
    return f"{browser} · {system}" if system else browser


def _major(user_agent: str, mark: str) -> str:
    digits = re.match(r"[0-9]{1,4}", user_agent.partition(mark)[2])
    return f" {digits[0]}" if digits else ""


def prefix(address: str) -> str:
    """The network of `address`, empty for what is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    bits = _V4_BITS if parsed.version == 4 else _V6_BITS
    return str(ip_network(f"{parsed}/{bits}", strict=False))
