"""Figures of the business: roll-ups per shop day kept by events, and what is read from them (经营分析)."""
