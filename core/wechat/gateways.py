"""Gateways are dear to build, cheap to keep: one per (tenant, key version) and process (wechat.md §2.7)."""

from __future__ import annotations

import threading
from collections import OrderedDict

from core.wechat.gateway import PayGateway
from core.wechat.types import PayProfile
from core.wechat.watch import Observe, ignore

Key = tuple[str, int]


class PayGateways:
    """An LRU of gateways; a missing one is built under its own lock, so that others don't wait for it."""

    def __init__(self, maxsize: int = 256, observe: Observe = ignore) -> None:
        self._maxsize = maxsize
        self._observe = observe
        self._lock = threading.Lock()
        self._built: OrderedDict[Key, PayGateway] = OrderedDict()
        self._building: dict[Key, threading.Lock] = {}

    def get(self, profile: PayProfile) -> PayGateway:
        """The gateway of this profile version; raises ProfileInvalid, or Retryable when offline."""
        key = (profile.tenant_key, profile.key_version)
        gateway = self._find(key)
        if gateway:
            return gateway
        with self._lock:
            building = self._building.setdefault(key, threading.Lock())
        with building:
            return self._find(key) or self._keep(key, PayGateway(profile, self._observe))

    def drop(self, tenant_key: str) -> None:
        """Forget every version of a tenant's gateway, for example after its keys were changed."""
        with self._lock:
            for key in [key for key in self._built if key[0] == tenant_key]:
                del self._built[key]

    def _find(self, key: Key) -> PayGateway | None:
        with self._lock:
            gateway = self._built.get(key)
            if gateway:
                self._built.move_to_end(key)
            return gateway

    def _keep(self, key: Key, gateway: PayGateway) -> PayGateway:
        with self._lock:
            self._built[key] = gateway
            self._building.pop(key, None)
            while len(self._built) > self._maxsize:
                self._built.popitem(last=False)
        return gateway
