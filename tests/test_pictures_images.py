"""Pictures: everything becomes WebP, without metadata, in sensible sizes, under a name made of its content."""

import random
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from foundation.pictures import images

PLACE = 0x8825


def picture(width=2000, height=1000, kind="JPEG", mode="RGB", **options):
    out = BytesIO()
    Image.new(mode, (width, height), "teal").save(out, kind, **options)
    return out.getvalue()


def read(name):
    with default_storage.open(name) as file:
        return Image.open(BytesIO(file.read()))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_what_cameras_and_programs_write_becomes_webp(kind):
    name, width, height = images.store(picture(700, 350, kind))

    assert (width, height, read(name).format, read(name).size) == (700, 350, "WEBP", (700, 350))


def test_large_picture_is_kept_in_every_width_and_never_larger():
    name, width, height = images.store(picture(2000, 1000))

    stored = images.srcset(name)
    assert (width, height) == (1600, 800)
    assert [size for _name, size in stored] == [480, 960, 1600]
    assert [read(file).width for file, _size in stored] == [480, 960, 1600]


def test_small_picture_is_not_blown_up():
    name, _width, _height = images.store(picture(300, 200))

    assert images.srcset(name) == [(name, 300)]


def test_metadata_is_taken_out_and_orientation_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = "Secret place"
    content = picture(600, 400, exif=exif)

    name, width, height = images.store(content)

    assert (width, height) == (400, 600)
    assert dict(read(name).getexif()) == {}
    with default_storage.open(name) as file:
        assert b"Secret place" not in file.read()


def test_same_picture_is_stored_once_and_again_byte_for_byte():
    name, _width, _height = images.store(picture(600, 400))
    with default_storage.open(name) as file:
        content = file.read()

    again = images.store(content)

    assert again[0] == name
    assert len(default_storage.listdir("")[1]) == 2


def test_clear_background_stays_clear():
    name, _width, _height = images.store(picture(300, 200, "PNG", mode="RGBA"))

    assert read(name).mode in {"RGB", "RGBA"}


@pytest.mark.parametrize(
    "content",
    [b"", b"no picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture(300, 200)[:100], b"GIF89a" + b"\x00" * 20],
)
def test_what_is_no_picture_is_refused_in_words(content):
    with pytest.raises(ValidationError) as refusal:
        images.store(content)

    assert refusal.value.messages == ["This file is not a picture we can read. Use JPEG, PNG or WebP."]


def test_too_many_pixels_are_refused_before_they_are_unpacked():
    content = picture(10_000, 6_001, "PNG", mode="1")

    with pytest.raises(ValidationError) as refusal:
        images.store(content)

    assert refusal.value.code == "too_large"


def test_too_many_bytes_are_refused(monkeypatch):
    monkeypatch.setattr(images, "MOST_BYTES", 100)

    with pytest.raises(ValidationError) as refusal:
        images.store(picture(300, 200))

    assert refusal.value.code == "too_large"


@pytest.mark.parametrize(
    ("size", "focus", "middle"),
    [
        ((900, 300), (0, 50), 225),  # as near to the focus as the edge allows
        ((900, 300), (50, 50), 450),
        ((900, 300), (100, 0), 675),
        ((600, 400), (10, 90), 300),  # nothing to cut
    ],
)
def test_crop_keeps_the_focus_in_sight(size, focus, middle):
    out = BytesIO()
    ramp = Image.linear_gradient("L").rotate(90).resize(size)  # dark at the left, light at the right
    ramp.save(out, "PNG")
    name, _width, _height = images.store(out.getvalue())

    cut = read(images.crop(name, images.CARD, focus))

    shade = cut.convert("L").getpixel((cut.width // 2, cut.height // 2))
    assert cut.size == (size[1] * 3 // 2, size[1])
    assert abs(shade - ramp.getpixel((middle, 10))) < 12


def test_crop_is_kept_in_its_own_widths_and_never_larger():
    large, _width, _height = images.store(picture(2000, 2000))
    small, _width, _height = images.store(picture(700, 700))

    crops = [images.crop(name, images.WIDE, (50, 50)) for name in (large, small)]

    sizes = [[read(file).size for file, _width in images.srcset(crop, images.WIDE[1])] for crop in crops]
    assert sizes == [[(960, 540), (1600, 900)], [(700, 394)]]


def test_every_size_is_kept_in_the_smaller_format_too_and_made_once():
    name, _width, _height = images.store(picture(1000, 500))

    written = [images.make_avif(name), images.make_avif(name)]

    stored = [read(images.avif(file)) for file, _size in images.srcset(name)]
    assert written == [3, 0]
    assert [(one.format, one.size) for one in stored] == [("AVIF", (480, 240)), ("AVIF", (960, 480)), ("AVIF", (1000, 500))]


def test_clear_background_stays_clear_in_the_smaller_format():
    out = BytesIO()
    Image.new("RGBA", (300, 200), (0, 0, 0, 0)).save(out, "PNG")
    name, _width, _height = images.store(out.getvalue())

    images.make_avif(name)

    assert read(images.avif(name)).getpixel((10, 10))[3] == 0


def test_lost_file_is_not_made_smaller():
    assert images.make_avif("f" * 64 + "-1600.webp") == 0


def test_crop_of_a_lost_file_is_none():
    assert images.crop("f" * 64 + "-1600.webp", images.CARD, (50, 50)) == ""


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ((900, 17_000), (867, 16_377)),
        ((20_000, 1), (1600, 1)),
        ((4000, 1), (1600, 1)),
        ((1, 20_000), (1, 16_383)),
        ((16_384, 30), (1600, 3)),
        ((3, 16_384), (2, 10_923)),
        ((16_383, 16), (1600, 2)),
    ],
)
def test_tall_and_flat_pictures_are_made_to_fit(size, kept):
    name, width, height = images.store(picture(*size, "PNG"))

    crops = [images.crop(name, shape, (50, 50)) for shape in (images.CARD, images.WIDE)]
    assert (width, height) == read(name).size == kept
    assert [read(file).size for file, _width in images.srcset(name)][-1] == kept
    assert [min(read(crop).size) for crop in crops] >= [1, 1]
    assert images.make_avif(name) == len(images.srcset(name))


def odd(what):
    """Files that cameras, scanners and strangers make."""
    plain, out = Image.new("RGB", (60, 40), "teal"), BytesIO()
    exif = Image.Exif()
    if what == "animated":
        plain.save(out, "GIF", save_all=True, append_images=[Image.new("RGB", (60, 40), "red")])
    elif what == "palette with transparency":
        plain.convert("P").save(out, "PNG", transparency=b"\x00\x80" * 20)
    elif what == "orientation out of range":
        exif[0x0112] = 60_000
        plain.save(out, "JPEG", exif=exif)
    elif what == "long EXIF":
        exif[0x0112], exif[0x010E] = 8, "x" * 60_000
        plain.save(out, "JPEG", exif=exif)
    else:
        plain.convert(what).save(out, "TIFF")
    return out.getvalue()


@pytest.mark.parametrize(
    "what",
    [
        *("animated", "palette with transparency", "orientation out of range", "long EXIF"),
        *("CMYK", "1", "L", "LA", "P", "I", "F", "RGBA", "YCbCr", "LAB"),
    ],
)
def test_odd_pictures_are_stored(what):
    name, width, height = images.store(odd(what))

    assert read(name).size == (width, height)
    assert {width, height} == {60, 40}


def test_broken_bytes_anywhere_are_no_fault_of_ours():
    whole = [picture(90, 60, kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "TIFF")] + [odd("long EXIF")]
    dice, stored, refused = random.Random(15), 0, 0

    for number in range(120):
        content = bytearray(whole[number % len(whole)])
        for _time in range(dice.choice([1, 3, 30])):
            content[dice.randrange(len(content))] = dice.randrange(256)
        try:
            images.store(bytes(content[: dice.randrange(len(content)) if number % 3 == 0 else None]))
            stored += 1
        except ValidationError:
            refused += 1

    assert stored
    assert refused


@pytest.mark.parametrize("size", [(9_500, 9_500), (14_000, 14_000)])
def test_pixels_that_make_pillow_itself_warn_are_refused_in_the_same_words(size):
    with pytest.raises(ValidationError) as refusal:
        images.store(picture(*size, "PNG", mode="1"))

    assert refusal.value.messages == ["The picture has more than 60 million pixels. Choose a smaller one."]


def test_a_stored_file_that_broke_has_no_crop():
    name, _width, _height = images.store(picture(300, 200))
    default_storage.delete(name)
    default_storage.save(name, ContentFile(b"broken"))

    assert images.crop(name, images.CARD, (50, 50)) == ""
