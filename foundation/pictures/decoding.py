"""A file from anywhere becomes a picture of ours: upright, no larger than asked for, 8 bits a colour, sRGB, within bounded memory.

Whatever is wrong with the file is told in words.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from math import isfinite, isqrt
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageCms

Image.MAX_IMAGE_PIXELS = None  # Pillow's bound knows no formats: `_check_memory` is ours, and only this room opens pictures

FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF"]
MOST_BYTES = 20_000_000
MOST_MEMORY = 230_000_000  # bytes that one picture may take while it is opened: a PNG in colour of some 50 million pixels
WIDEST, TALLEST = 1600, 16_383  # pixels that we keep; a WebP can be no taller
MOST_KEPT = MOST_MEMORY // 20  # pixels that we keep: a WebP that can be opened again
BYTES_OF_A_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}  # as Pillow holds it; 4 in every other mode
BYTES_TO_DECODE = {"WEBP": 16, "AVIF": 10, "TIFF": 8}  # a pixel, by formats whose libraries hold further copies (measured)
SRGB = ImageCms.createProfile("sRGB")
MODE_OF_PROFILE = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
BAND = 256  # rows that are converted at once
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ON_ITS_SIDE = {5, 6, 7, 8}
BEGINNINGS = {b"ftyphei": "HEIC", b"ftypmif": "HEIC", b"ftyphev": "HEIC", b"%pdf": "PDF", b"<svg": "SVG", b"<?xml": "SVG"}


def decoded(content: bytes) -> Image.Image:
    """The first frame of a picture, upright, RGB or RGBA, as large as it is or somewhat larger than what we keep.

    Raises ValidationError.
    """
    if len(content) > MOST_BYTES:
        raise ValidationError(_("The picture is larger than 20 MB. Choose a smaller one."), code="too_large")
    with _no_picture(content):
        picture = Image.open(BytesIO(content), formats=FORMATS)
    with damaged():
        pixels = picture.width * picture.height
        if picture.format in {"JPEG", "MPO"}:  # shrinks while it is read, and says how it lies before
            picture.draft(None, _kept_size(picture))
        _check_memory(picture, pixels, _to_decode(picture, pixels))
        picture.load()
        factor = max(1, picture.width // _kept_size(picture)[0])
        _check_memory(picture, pixels, _to_decode(picture, 0) + 4 * picture.width * picture.height // factor**2)
        own, turn = _srgb(_shrunk(picture, factor), picture.info), picture.getexif().get(ORIENTATION)
        return own.transpose(TURNS[turn]) if turn in TURNS else own


def kept_width(width: int, height: int) -> int:
    return min(WIDEST, width, max(1, width * TALLEST // height), max(1, isqrt(MOST_KEPT * width // height)))


def _kept_size(picture: Image.Image) -> tuple[int, int]:
    """The size that we keep, as the picture lies in its file."""
    on_its_side = picture.getexif().get(ORIENTATION) in ON_ITS_SIDE
    wide, high = picture.size[::-1] if on_its_side else picture.size
    fits = kept_width(wide, high)
    size = fits, max(1, high * fits // wide)
    return size[::-1] if on_its_side else size


@contextmanager
def damaged() -> Iterator[None]:
    """Pillow can fail in any way on a broken file, and so late as when the picture is made smaller."""
    try:
        yield
    except ValidationError:
        raise
    except Exception as error:
        words = _("This picture’s file is damaged or was not copied whole. Save or copy it again, then choose it again.")
        raise ValidationError(words, code="damaged") from error


@contextmanager
def _no_picture(content: bytes) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        kind = next((name for start, name in BEGINNINGS.items() if start in content[:32].lower()), "")
        words = (
            _("This is a %(kind)s file, which we cannot read. Save it as JPEG or PNG, then choose that.") % {"kind": kind}
            if kind
            else _("This file is not a picture we can read. Use JPEG, PNG or WebP.")
        )
        raise ValidationError(words, code="no_picture") from error


def _to_decode(picture: Image.Image, pixels: int) -> int:
    """Bytes. A JPEG that comes in several passes is held whole as well, with 2 bytes for each value of its `pixels`."""
    needed = picture.width * picture.height * BYTES_TO_DECODE.get(picture.format or "", BYTES_OF_A_PIXEL.get(picture.mode, 4))
    if "progressive" not in picture.info:
        return needed
    layers = [across * down for _name, across, down, _table in getattr(picture, "layer", [])]
    return needed + 2 * pixels * sum(layers) // max(layers, default=1)


def _check_memory(picture: Image.Image, pixels: int, needed: int) -> None:
    if needed > MOST_MEMORY:
        words = _(
            "The picture has %(millions)d million pixels, too many for us to open. Make it smaller (3,000 pixels wide is "
            "plenty) or save it as an ordinary JPEG, then choose that."
        )
        raise ValidationError(words % {"millions": pixels // 1_000_000}, code="too_large")


def _shrunk(picture: Image.Image, factor: int) -> Image.Image:
    """Converted and made smaller band by band, so that no second copy of the whole is held."""
    convert, rows = _converter(picture), max(1, BAND // factor) * factor
    bands = (picture.crop((0, top, picture.width, min(top + rows, picture.height))) for top in range(0, picture.height, rows))
    small, done = Image.new("1", (1, 1)), 0
    for band in (_reduced(convert(band), factor) for band in bands):
        if not done:
            small = Image.new(band.mode, (band.width, -(-picture.height // factor)))
        small.paste(band, (0, done))
        done += band.height
    return small


def _reduced(picture: Image.Image, factor: int) -> Image.Image:
    """What is clear lends no colour to what is beside it."""
    if factor > 1 and picture.mode == "RGBA":
        return picture.convert("RGBa").reduce(factor).convert("RGBA")
    return picture.reduce(factor)


def _converter(picture: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """How a band of it becomes 8 bits a colour, without loss where it has more: in gray, RGB, RGBA or the colours of print."""
    if picture.mode.startswith("I;16"):
        return lambda band: _gray(band.convert("I"), 0, 65_535)
    if picture.mode in {"I", "F"}:  # measured values: from the darkest to the lightest that there is
        low, high = (float(value) for value in picture.getextrema())  # type: ignore[arg-type]
        if not isfinite(high - low):
            raise ValueError
        return lambda band: _gray(band, low, high)
    if picture.mode in {"LA", "La", "PA", "RGBa", "RGBA"} or "transparency" in picture.info:
        return lambda band: band.convert("RGBA")
    mode = {"1": "L", "L": "L", "CMYK": "CMYK"}.get(picture.mode, "RGB")
    return lambda band: band.convert(mode)


def _gray(band: Image.Image, low: float, high: float) -> Image.Image:
    scale = 255 / ((high - low) or 1)
    return band.point(lambda value: value * scale + (0.5 - low * scale)).convert("L")


def _srgb(picture: Image.Image, info: dict[Any, Any]) -> Image.Image:
    """In the colours that every screen expects, RGB or RGBA. A profile that does not fit its picture counts for nothing."""
    alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
    colours = picture.convert("RGB") if alpha else picture
    if info.get("icc_profile"):
        colours = _by_profile(colours, info["icc_profile"])
    elif "srgb" not in info and 0.1 < info.get("gamma", 0) < 3:  # of PNG: values are light to this power
        power = 1 / (2.2 * info["gamma"])
        colours = colours.point([round(255 * (value / 255) ** power) for value in range(256)] * len(colours.getbands()))
    colours = colours.convert("RGB")
    if alpha:
        colours.putalpha(alpha)
    return colours


def _by_profile(colours: Image.Image, content: bytes) -> Image.Image:
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(content))
        mode = MODE_OF_PROFILE[profile.profile.xcolor_space]
        own = colours.convert("RGB") if mode == "RGB" and colours.mode == "L" else colours
        if own.mode != mode:
            return colours
        intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
        made = ImageCms.profileToProfile(own, profile, SRGB, renderingIntent=intent, outputMode="RGB", flags=flags)
    except (ImageCms.PyCMSError, OSError, KeyError, ValueError):
        return colours
    return made or colours
