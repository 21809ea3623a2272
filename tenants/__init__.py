"""Tenancy: whose schema answers, how schemas come, move on and go. Knows nothing about shops."""
