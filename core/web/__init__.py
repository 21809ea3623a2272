"""What every HTTP surface shares: problems, request ids, tenant binding, tokens, paging, health, metrics."""
