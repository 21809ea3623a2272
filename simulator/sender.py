"""One HTTP POST of a notify: five seconds, no redirects, body of the answer kept for the log (spec §4.8)."""

import http.client
import time
from urllib.parse import urlsplit

TIMEOUT = 5.0
_KEPT = 300


def post(url: str, body: bytes, headers: dict[str, str], pause: float = 0.0) -> dict:
    """The attempt as logged: status or None, ms, body, error. ``pause`` waits before the answer is read."""
    started = time.monotonic()
    outcome = {"status": None, "body": "", "error": None}
    try:
        outcome |= _exchange(url, body, headers, pause)
    except (OSError, http.client.HTTPException) as error:
        outcome["error"] = f"{type(error).__name__}: {error}"
    outcome["ms"] = round((time.monotonic() - started) * 1000)
    return outcome


def _exchange(url: str, body: bytes, headers: dict[str, str], pause: float) -> dict:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(_address(parts.hostname), parts.port, timeout=TIMEOUT)
    try:
        connection.request("POST", parts.path or "/", body, headers | {"Connection": "close", "Host": parts.netloc})
        time.sleep(pause)
        response = connection.getresponse()
        text = response.read(_KEPT).decode("utf-8", "replace")
        return {"status": response.status, "body": text}
    finally:
        connection.close()


def _address(host: str) -> str:
    """``shop.localhost`` is this machine (RFC 6761), whatever the resolver says."""
    return "127.0.0.1" if host.endswith(".localhost") else host
