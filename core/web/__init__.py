"""What every HTTP surface shares: problems, request ids, tenant binding, tokens, paging, health, metrics."""

from core.web import messages  # noqa: F401  (the words must be there before the first schema is made)
