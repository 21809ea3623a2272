"""The product with two endpoints beside it: an empty one, and the order endpoint that most teams write."""

from bench import cast, naive
from core import create_app

app = create_app(entry_points=cast.entry_points())
app.register_blueprint(naive.blp)
