"""Uploaded pictures of products: checked, turned upright, stripped of metadata, stored as WebP in three widths."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import ExifTags, Image, ImageCms

from core.errors import Invalid, TooLarge

WIDTHS = (160, 480, 960)
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 16_383
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
QUALITY = 80

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = {_TURNS[orientation] for orientation in (5, 6, 7, 8)}
_TENANT_KEY = re.compile(r"[0-9a-z]{1,26}")
_NAME = re.compile(r"[0-9a-f]{64}-\d{1,4}\.webp")


class PictureError(Invalid):
    """The upload is not a picture that we take (422)."""

    code = "picture_invalid"


class PictureTooLarge(TooLarge):
    """The upload has too many bytes or pixels (413)."""

    code = "picture_too_large"


@dataclass(frozen=True, slots=True)
class Picture:
    """A stored picture: SHA-256 of the upload, upright size in pixels, and the file for each of WIDTHS.

    A picture narrower than a width is not enlarged: the widths above it share one file of the original size.
    """

    digest: str
    width: int
    height: int
    files: dict[int, str]


def tenant_folder(root: Path, tenant_key: str) -> Path:
    """Where the pictures of a tenant lie; `tenant_key` is the opaque key of the tenant."""
    if not _TENANT_KEY.fullmatch(tenant_key):
        raise ValueError(f"not a tenant key: {tenant_key!r}")
    return root / f"t_{tenant_key}" / "pictures"


def picture_path(folder: Path, name: str) -> Path | None:
    """The file of a picture's name below a tenant's folder; None for anything that can't be such a name."""
    return folder / name[:2] / name if _NAME.fullmatch(name) else None


def save_picture(data: bytes, folder: Path) -> Picture:
    """Checks and stores an upload (JPEG, PNG, WebP or the first frame of a GIF; ≤ 10 MB, ≤ 40 megapixels).

    File names come from the content, so the same upload is stored once and a name never changes its content. Raises
    PictureTooLarge or PictureError; then nothing was written.
    """
    if len(data) > MAX_BYTES:
        raise PictureTooLarge(f"图片超过 {MAX_BYTES // 1024 // 1024} MB，请压缩后再上传", field="picture")
    digest = hashlib.sha256(data).hexdigest()
    picture, size = _decoded(data)
    files = {width: f"{digest}-{min(width, size[0])}.webp" for width in WIDTHS}
    for name, width in {name: min(width, size[0]) for width, name in files.items()}.items():
        _write(folder / name[:2] / name, picture, width)
    return Picture(digest, *size, files)


def _decoded(data: bytes) -> tuple[Image.Image, tuple[int, int]]:
    """The upright picture in sRGB, at least as large as needed, and its upright original size."""
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            size = _checked_size(opened)
            opened.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))
            opened.seek(0)
            turn = _TURNS.get(_orientation(opened))
            picture = _srgb(opened, opened.info.get("icc_profile"))
            upright = picture if turn is None else picture.transpose(turn)
            return upright, size[::-1] if turn in _SIDEWAYS else size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise PictureError("无法识别这张图片，请上传完好的 JPG、PNG、WebP 或 GIF 图片", field="picture") from error


def _orientation(opened: Image.Image) -> int:
    try:
        return opened.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001 - whatever is wrong with the metadata, the picture itself may be fine
        return 1


def _checked_size(opened: Image.Image) -> tuple[int, int]:
    width, height = opened.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise _too_many_pixels()
    return width, height


def _too_many_pixels() -> PictureTooLarge:
    return PictureTooLarge(f"图片超过 {MAX_PIXELS // 1_000_000} 百万像素，请缩小后再上传", field="picture")


def _srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    if profile and picture.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(picture, source, target, outputMode="RGBA" if mode == "RGBA" else "RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            return picture.convert(mode)
    return picture.convert(mode)


def _write(path: Path, picture: Image.Image, width: int) -> None:
    if path.exists():
        return
    height = max(1, round(picture.height * width / picture.width))
    resized = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as unfinished:
        try:
            resized.save(unfinished, "WEBP", quality=QUALITY, method=4, icc_profile=b"", exif=b"", xmp=b"")
            unfinished.flush()
            os.fsync(unfinished.fileno())
            os.chmod(unfinished.name, 0o644)
            os.replace(unfinished.name, path)
        except BaseException:
            os.unlink(unfinished.name)
            raise
