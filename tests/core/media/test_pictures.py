from __future__ import annotations

import io
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from core.media.pictures import MAX_BYTES, PictureError, PictureTooLarge, picture_path, save_picture, tenant_folder


def encoded(picture: Image.Image, kind: str = "PNG", **options) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def stored(folder: Path, name: str) -> Image.Image:
    return Image.open(picture_path(folder, name))


def files_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_picture_of_each_format_in_three_widths(tmp_path, kind):
    picture = save_picture(encoded(Image.new("RGB", (2000, 1000), "red"), kind), tmp_path)
    assert (picture.width, picture.height, sorted(picture.files)) == (2000, 1000, [160, 480, 960])
    assert [stored(tmp_path, name).size for name in picture.files.values()] == [(160, 80), (480, 240), (960, 480)]
    assert {stored(tmp_path, name).format for name in picture.files.values()} == {"WEBP"}


def test_small_picture_is_not_enlarged(tmp_path):
    picture = save_picture(encoded(Image.new("RGB", (300, 200))), tmp_path)
    assert picture.files[480] == picture.files[960] == f"{picture.digest}-300.webp"
    assert stored(tmp_path, picture.files[960]).size == (300, 200)
    assert stored(tmp_path, picture.files[160]).size == (160, 107)


def test_orientation_is_applied_and_metadata_removed(tmp_path):
    picture = Image.new("RGB", (1200, 600), "blue")
    picture.paste("red", (0, 0, 600, 600))
    exif = picture.getexif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    saved = save_picture(encoded(picture, "JPEG", exif=exif, icc_profile=profile, quality=95), tmp_path)
    assert (saved.width, saved.height) == (600, 1200)
    result = stored(tmp_path, saved.files[480])
    assert result.size == (480, 960)
    assert {"exif", "icc_profile", "xmp"} & result.info.keys() == set()
    top, bottom = result.getpixel((240, 100)), result.getpixel((240, 860))
    assert top[0] > 200 and bottom[2] > 200
    assert b"Camera" not in picture_path(tmp_path, saved.files[480]).read_bytes()


def test_transparency_is_kept(tmp_path):
    saved = save_picture(encoded(Image.new("RGBA", (200, 200), (255, 0, 0, 0))), tmp_path)
    assert stored(tmp_path, saved.files[160]).convert("RGBA").getpixel((5, 5))[3] == 0


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16", "LA"])
def test_picture_of_each_mode(tmp_path, mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert save_picture(encoded(Image.new(mode, (20, 10)), kind), tmp_path).width == 20


def test_animated_picture_gives_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (50, 50), colour) for colour in ("red", "blue")]
    saved = save_picture(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), tmp_path)
    result = stored(tmp_path, saved.files[160])
    assert getattr(result, "n_frames", 1) == 1
    assert result.convert("RGB").getpixel((25, 25))[0] > 200


def test_same_upload_is_stored_once(tmp_path):
    data = encoded(Image.new("RGB", (2000, 1000), "red"))
    first = save_picture(data, tmp_path)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.webp")}
    assert save_picture(data, tmp_path) == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.webp")} == written
    assert files_below(tmp_path) == sorted(first.files.values())


def _png_that_claims(width: int, height: int) -> bytes:
    data = bytearray(encoded(Image.new("RGB", (1, 1))))
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        b"x" * (MAX_BYTES + 1),
        _png_that_claims(8000, 5001),
        _png_that_claims(60_000, 60_000),
        _png_that_claims(20_000, 10),
    ],
    ids=["bytes", "pixels", "bomb", "side"],
)
def test_picture_too_large_is_refused(tmp_path, data):
    with pytest.raises(PictureTooLarge) as caught:
        save_picture(data, tmp_path)
    assert (caught.value.status, caught.value.code, files_below(tmp_path)) == (413, "picture_too_large", [])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        encoded(Image.new("RGB", (9, 9)), "BMP"),
        encoded(Image.new("RGB", (900, 900)), "JPEG")[:3000],
        encoded(Image.effect_noise((90, 90), 9))[:200],
    ],
    ids=["empty", "text", "svg", "bmp", "cut jpeg", "cut png"],
)
def test_no_picture_is_refused_and_nothing_written(tmp_path, data):
    with pytest.raises(PictureError) as caught:
        save_picture(data, tmp_path)
    assert (caught.value.status, caught.value.field, files_below(tmp_path)) == (422, "picture", [])


def test_png_text_bomb_is_refused(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("x", "a" * 70_000_000, zip=True)
    with pytest.raises(PictureError):
        save_picture(encoded(Image.new("RGB", (5, 5)), "PNG", pnginfo=info), tmp_path)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]), st.data())
def test_picture_damaged_anywhere_is_refused_or_stored(tmp_path_factory, kind, data):
    raw = bytearray(encoded(Image.linear_gradient("L").resize((40, 30)), kind))
    for _ in range(data.draw(st.integers(1, 10))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with suppress(PictureError, PictureTooLarge):
        save_picture(bytes(raw), tmp_path_factory.mktemp("damaged"))


@pytest.mark.parametrize(
    "name", ["../x", "a.webp", "", "a" * 64 + "-160.webp/..", "a" * 64 + "-160.png", "g" * 64 + "-160.webp"]
)
def test_picture_path_of_a_foreign_name_is_none(tmp_path, name):
    assert picture_path(tmp_path, name) is None


def test_tenant_folder_takes_opaque_keys_only(tmp_path):
    assert tenant_folder(tmp_path, "abc1") == tmp_path / "t_abc1" / "pictures"
    for key in ("", "..", "a/b", "A", "x" * 27):
        with pytest.raises(ValueError, match="not a tenant key"):
            tenant_folder(tmp_path, key)
