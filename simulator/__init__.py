"""A WeChat of your own: pay v3 and api.weixin.qq.com with real RSA, AES-GCM and HTTP, for development and tests.

A process of its own that imports nothing of the shop. Never reachable in production: it binds to loopback
unless told otherwise and marks every answer with ``X-Simulator: 1``.
"""
