"""Can't be imported."""

raise RuntimeError("broken import")
