"""Pictures: whatever staff upload becomes WebP in sensible widths, without metadata, under a name made of its content.

Crops are pictures of their own, cut around the focus: `CARD` for lists, `WIDE` for the top of a page. Beside each WebP
stands, as soon as `manage.py make_pictures` ran, the same as AVIF: smaller, but ten times the work.
"""

import hashlib
from contextlib import suppress
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from PIL import Image

from foundation.pictures.decoding import TALLEST, WIDEST, damaged, decoded, kept_width

WIDTHS = (480, 960, WIDEST)
CARD = (3 / 2, (480, 960))  # width to height, and the widths it is kept in
WIDE = (16 / 9, (960, 1600))
_CHUNKS = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}


def store(content: bytes) -> tuple[str, int, int]:
    """Keeps a picture in every width of `WIDTHS` that it fills; returns the largest one's name, width and height in pixels.

    One too tall for a WebP is made narrower still. Of a moving picture the first frame is kept. Raises ValidationError for
    what is no picture or too large. A file that this function wrote is kept byte for byte.
    """
    picture = decoded(content)
    fits = kept_width(picture.width, picture.height)
    if picture.width > fits or picture.height > TALLEST:
        picture = _narrowed(picture, fits)
    largest = content if _is_clean(content, picture) else _webp(picture)
    return _keep(picture, largest, WIDTHS), picture.width, picture.height


def crop(name: str, shape: tuple[float, tuple[int, ...]], focus: tuple[int, int]) -> str:
    """Keeps the largest part of a stored picture that has `shape` and is as near to `focus` as its edges allow.

    `focus` is in percent from the left and the top. Returns the name of the crop, "" if the picture's file is gone or broken.
    What this process has made is not made again: an import does so while it only looks, so that it holds nobody up later.
    """
    made = _crop(name, shape, focus)
    if made and default_storage.exists(made) and default_storage.exists(name):
        return made
    _crop.cache_clear()
    return _crop(name, shape, focus)


@lru_cache(maxsize=500)
def _crop(name: str, shape: tuple[float, tuple[int, ...]], focus: tuple[int, int]) -> str:
    try:
        with default_storage.open(name) as file:
            picture = decoded(file.read())
    except (FileNotFoundError, ValidationError):
        return ""
    ratio, widths = shape
    size = min(picture.width, picture.height * ratio), min(picture.height, picture.width / ratio)
    left, top = (
        round(min(max(whole * percent / 100 - part / 2, 0), whole - part))
        for whole, part, percent in zip(picture.size, size, focus, strict=True)
    )
    cut = picture.crop((left, top, left + max(1, round(size[0])), top + max(1, round(size[1]))))
    if cut.width > widths[-1]:
        cut = _narrowed(cut, widths[-1])
    return _keep(cut, _webp(cut), widths)


def make_avif(name: str, widths: tuple[int, ...] = WIDTHS) -> int:
    """Keeps every size of a stored picture as AVIF too, where that is missing. Returns how many files it wrote."""
    missing = [(avif(webp), width) for webp, width in srcset(name, widths) if not default_storage.exists(avif(webp))]
    if not missing or not default_storage.exists(name):
        return 0
    with default_storage.open(name) as file:
        picture = decoded(file.read())
    for file_name, width in missing:
        size = picture if width == picture.width else _narrowed(picture, width)
        _write(file_name, _encoded(size, "AVIF", quality=65, speed=6))
    return len(missing)


def avif(name: str) -> str:
    return f"{name.removesuffix('.webp')}.avif"


def delete(names: list[str]) -> None:
    """Takes these files away, and the same as AVIF."""
    for name in names:
        for file in (name, avif(name)):
            default_storage.delete(file)


def check(content: bytes) -> None:
    """Raises ValidationError for what `store` would refuse. Keeps nothing."""
    decoded(content)


def srcset(name: str, widths: tuple[int, ...] = WIDTHS) -> list[tuple[str, int]]:
    """(file name, width in pixels) of each stored size of a picture, or of a crop in its own `widths`, smallest first."""
    digest, _dash, width = name.removesuffix(".webp").partition("-")
    return [(f"{digest}-{small}.webp", small) for small in widths if small < int(width)] + [(name, int(width))]


def _narrowed(picture: Image.Image, width: int) -> Image.Image:
    height = min(max(1, round(picture.height * width / picture.width)), TALLEST)
    with damaged():
        return picture.resize((width, height), Image.Resampling.LANCZOS)


def _keep(picture: Image.Image, largest: bytes, widths: tuple[int, ...]) -> str:
    digest = hashlib.sha256(largest).hexdigest()
    name = f"{digest}-{picture.width}.webp"
    _write(name, largest)
    for width in widths:
        if width < picture.width and not default_storage.exists(f"{digest}-{width}.webp"):
            _write(f"{digest}-{width}.webp", _webp(_narrowed(picture, width)))
    return name


def _webp(picture: Image.Image) -> bytes:
    return _encoded(picture, "WEBP", quality=82, method=5)


def _encoded(picture: Image.Image, kind: str, **options: int) -> bytes:
    out = BytesIO()
    with damaged():
        picture.save(out, kind, **options)
    return out.getvalue()


def _is_clean(content: bytes, picture: Image.Image) -> bool:
    """A WebP of at most the largest width with no chunk but its pixels: no metadata, nothing behind the end."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or int.from_bytes(content[4:8], "little") + 8 != len(content):
        return False
    at, width = 12, Image.open(BytesIO(content)).width
    while at < len(content):
        if content[at : at + 4] not in _CHUNKS:
            return False
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return at == len(content) and width == picture.width


def _write(name: str, content: bytes) -> None:
    """Whole or not at all, also on a full disk and when killed: what is there is never written again."""
    path = Path(default_storage.path(name))
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(f"{name}.new")
    try:
        written.write_bytes(content)
        written.chmod(0o644)  # as Django keeps files: nginx reads them
    except OSError:
        written.unlink(missing_ok=True)
        raise
    with suppress(FileNotFoundError):  # somebody else kept the same picture this very moment
        written.replace(path)
