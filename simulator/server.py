"""A small threaded HTTP/1.1 server for WSGI: keep-alive, no buffering in between, and it can hang up rudely."""

import io
import socket
import socketserver
import struct
import sys
from http import HTTPStatus
from urllib.parse import unquote

_MAX_BODY = 16 << 20
_RESET = struct.pack("ii", 1, 0)


class Hangup(BaseException):
    """Raised inside the application: cut the connection with a TCP reset instead of answering."""


class _Malformed(Exception):
    """Not a request this server understands."""


class Server(socketserver.ThreadingTCPServer):
    """One thread per connection. ``app`` is a WSGI callable."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256
    block_on_close = False

    def __init__(self, host: str, port: int, app):
        self.app = app
        super().__init__((host, port), _Connection)

    @property
    def url(self) -> str:
        """Base address, no trailing slash."""
        host, port = self.server_address[:2]
        return f"http://{host}:{port}"

    def shutdown_request(self, request) -> None:
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == _RESET:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request, client_address) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    timeout = 75

    def handle(self) -> None:
        try:
            while self._one():
                pass
        except Hangup:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        except _Malformed:
            self.connection.sendall(b"HTTP/1.1 400 Bad Request\r\nX-Simulator: 1\r\nConnection: close\r\n\r\n")
        except TimeoutError:
            pass

    def _one(self) -> bool:
        line = self.rfile.readline(65537)
        if not line.strip():
            return False
        try:
            method, target, version = line.decode("latin-1").split()
        except ValueError:
            raise _Malformed from None
        headers = self._headers()
        keep = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        self._respond(self._environ(method, target, version, headers), keep)
        return keep

    def _headers(self) -> dict[str, str]:
        headers = {}
        while (line := self.rfile.readline(65537)) not in (b"\r\n", b"\n"):
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or len(headers) > 100:
                raise _Malformed
            headers[name.lower()] = value.strip()
        return headers

    def _body(self, headers: dict[str, str]) -> bytes:
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > _MAX_BODY or "transfer-encoding" in headers:
            raise _Malformed
        if headers.get("expect", "").lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self.rfile.read(int(length))

    def _environ(self, method: str, target: str, version: str, headers: dict[str, str]) -> dict:
        path, _, query = target.partition("?")
        body = self._body(headers)
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": target,
            "SERVER_NAME": self.server.server_address[0],
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": headers.get("content-type", ""),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        return environ | {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}

    def _respond(self, environ: dict, keep: bool) -> None:
        answer: list = []

        def start_response(status, headers, exc_info=None):
            answer[:] = [status, headers]

        chunks = self.server.app(environ, start_response)
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        self.connection.sendall(_head(*answer, body, keep) + (b"" if environ["REQUEST_METHOD"] == "HEAD" else body))


def _head(status: str, headers: list, body: bytes, keep: bool) -> bytes:
    lines = [f"HTTP/1.1 {status}"]
    lines += [f"{name}: {value}" for name, value in headers if name.lower() not in ("content-length", "connection")]
    if int(status[:3]) != HTTPStatus.NO_CONTENT:
        lines.append(f"Content-Length: {len(body)}")
    lines.append(f"Connection: {'keep-alive' if keep else 'close'}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
