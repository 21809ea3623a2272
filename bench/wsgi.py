"""The product with two endpoints beside it: an empty one, and the order endpoint that most teams write."""

from bench import naive
from core import create_app

app = create_app()
app.register_blueprint(naive.blp)
