"""Starts everything on one machine: embedded servers, the simulator, web, worker and clock, under one watcher.

`up` is the whole; `supervisor`, `postgres` and `valkey` are its parts and know nothing of the shop.
"""
