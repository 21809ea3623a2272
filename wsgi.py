"""The WSGI entry point: `granian --interface wsgi wsgi:app`."""

from core import create_app

app = create_app()
