"""Pictures that a merchant uploads for the pages of the shop."""

from __future__ import annotations

from core.catalog.pictures import picture_urls, stored_widths
from core.media.pictures import WIDTHS, save_picture, tenant_folder
from core.services import services
from tenants.context import current


def keep(data: bytes) -> str:
    """Store an upload and return its address, the widest there is. Raises PictureError, PictureTooLarge."""
    stored = save_picture(data, tenant_folder(services().config.media_dir, current().key))
    return picture_urls(stored.digest, stored_widths(stored.files))[str(WIDTHS[-1])]
