"""What is kept of a device is short and points at no person."""

from __future__ import annotations

import pytest

from core.staff.device import prefix, shortened

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.6478.127 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "kept"),
    [
        (WINDOWS, "Chrome 126 · Windows"),
        (WINDOWS + " Edg/125.0.1", "Edge 125 · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Version/17.4 Safari/604.1", "Safari 17 · iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile MicroMessenger/8.0.47", "微信 8 · Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox 127 · Linux"),
        ("Firefox/", "Firefox"),
        ("curl/8.5.0 something", "curl/8.5.0"),
        ("<b>\x00\u202e" + "x" * 100, "<b>" + "x" * 37),
        ("", ""),
    ],
)
def test_user_agent_is_shortened(user_agent, kept):
    assert shortened(user_agent) == kept


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_address_is_kept_as_its_network(address, kept):
    assert prefix(address) == kept
