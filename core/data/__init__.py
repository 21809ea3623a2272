"""Data that ships with the product: districts (行政区划)."""
