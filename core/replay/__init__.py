"""Plays a real retailer's month against a running shop, through HTTP only, and compares what the shop then reports.

`plan` is pure; `clients` are the people and machines that talk to the shop; `runner` lets them act.
"""
