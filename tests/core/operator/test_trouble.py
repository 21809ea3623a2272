from __future__ import annotations

from core.operator import directory
from tests.core.operator.conftest import platform_rows


def test_list_of_trouble_holds_who_is_stuck_or_behind(context, open_new_shop):
    well, stuck, behind = (open_new_shop(name) for name in ("well", "stuck", "behind"))
    platform_rows("INSERT INTO platform.tenant_health (tenant_id, at, stuck) VALUES (:id, now(), 1)"
                  " ON CONFLICT (tenant_id) DO UPDATE SET stuck = 1", id=stuck.ref.id)
    platform_rows("UPDATE platform.tenant_revision SET revision = 'c0001' WHERE key = :key", key=behind.ref.key)
    found = {row["id"] for row in directory.page(limit=100, trouble=True).items}
    platform_rows("DELETE FROM platform.tenant_health WHERE tenant_id = :id", id=stuck.ref.id)
    platform_rows("UPDATE platform.tenant_revision SET revision = :head WHERE key = :key AND history = 'core'",
                  head=directory.head(), key=behind.ref.key)
    assert {well.ref.id, stuck.ref.id, behind.ref.id} & found == {stuck.ref.id, behind.ref.id}
