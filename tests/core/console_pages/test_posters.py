"""Posters: the preview, the page to print, the file; whose store."""

from __future__ import annotations

from core.db import db
from core.payments import profiles
from tests.core.console_http.acting import actions, another_store, staff_token
from tests.core.console_pages.visitor import Visitor

PATH = "/console/posters"


def test_preview_prints_and_downloads(visitor, shop):
    page = visitor.get(PATH)
    assert f"/console/posters/sheet.svg?store={shop.store_id}&amp;size=A4" in page
    drawn = visitor.open(f"{PATH}/sheet.svg?store={shop.store_id}&size=A5")
    assert drawn.content_type == "image/svg+xml; charset=utf-8"
    assert 'width="148mm"' in drawn.text
    chosen = {"store": str(shop.store_id), "size": "A4"}
    printed = visitor.post(f"{PATH}/print", chosen, page=PATH)
    assert printed.location == f"/console/posters/print?store={shop.store_id}&size=A4"
    assert "paper-a4" in visitor.get(printed.location)
    file = visitor.post(f"{PATH}/file", chosen, page=PATH)
    assert file.headers["Content-Disposition"] == f"attachment; filename=poster-{shop.store_id}-A4.svg"
    assert file.data.startswith(b"<svg ")
    assert actions(shop) == ["posters.print", "posters.print"]


def test_whole_shop_and_unknown_values(visitor, shop):
    assert 'value="" selected' not in visitor.get(PATH)
    assert "sheet.svg?store=&amp;size=A4" in visitor.get(f"{PATH}?store=&size=A0")
    assert visitor.open(f"{PATH}/sheet.svg?store=999999").status_code == 404


def test_staff_of_one_store_print_that_one(shop):
    other = another_store(shop)
    clerk = Visitor(shop, staff_token(shop, "clerk", stores=(other,)))
    assert f"sheet.svg?store={other}&amp;size=A4" in clerk.get(f"{PATH}?store=")
    assert clerk.open(f"{PATH}/sheet.svg?store={shop.store_id}").status_code == 403


def test_wechat_that_makes_no_code_is_told(visitor, shop, wechat):
    wechat.provision(shop.appid)
    with shop.bound():
        profiles.save_app(shop.appid, "0" * 32, "app")
        db.session.commit()
    page = visitor.get(PATH)
    assert "没能从微信取到小程序码" in page
    assert "poster-sheet" not in page
