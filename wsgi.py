"""The WSGI entry point: `granian --interface wsgi wsgi:app`."""

from core import create_app
from core.web.observe import configure_logging

configure_logging()
app = create_app()
