"""Pictures: everything becomes WebP, without metadata, in sensible sizes, under a name made of its content."""

import random
from io import BytesIO
from pathlib import Path
from zlib import crc32

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageCms

from foundation.pictures import decoding, images

PLACE = 0x8825


def picture(width=2000, height=1000, kind="JPEG", mode="RGB", **options):
    out = BytesIO()
    Image.new(mode, (width, height), "teal").save(out, kind, **options)
    return out.getvalue()


def noise(width, height, kind):
    out = BytesIO()
    Image.effect_noise((width, height), 80).convert("RGB").save(out, kind)
    return out.getvalue()


def refusal(content):
    """The code and the words."""
    with pytest.raises(ValidationError) as refused:
        images.store(content)
    return refused.value.code, refused.value.messages[0]


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


def test_picture_is_whole_after_somebody_was_killed_while_writing_it():
    name, _width, _height = images.store(picture(700, 350))
    path = Path(default_storage.path(name))
    whole = path.read_bytes()
    path.rename(f"{path}.new")
    Path(f"{path}.new").write_bytes(whole[:100])

    images.store(picture(700, 350))

    assert path.read_bytes() == whole
    assert not Path(f"{path}.new").exists()


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
    [b"", b"no picture", picture(300, 200)[:100], b"GIF89a" + b"\x00" * 20],
)
def test_what_is_no_picture_is_refused_in_words(content):
    assert refusal(content) == ("no_picture", "This file is not a picture we can read. Use JPEG, PNG or WebP.")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\x00\x00\x00\x28ftypheic\x00\x00\x00\x00mif1", "HEIC"),
        (b"%PDF-1.7\n", "PDF"),
    ],
)
def test_files_that_people_take_for_pictures_are_refused_by_name(content, kind):
    words = f"This is a {kind} file, which we cannot read. Save it as JPEG or PNG, then choose that."
    assert refusal(content) == ("no_picture", words)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_half_a_picture_is_refused_as_such(kind):
    content = noise(300, 200, kind)

    code, words = refusal(content[: len(content) // 2])
    assert code in {"damaged", "no_picture"}  # some say at their beginning how long they are
    assert "damaged or was not copied whole" in words or kind in {"WEBP", "TIFF"}


@pytest.mark.parametrize(
    ("size", "kind", "options", "fits"),
    [
        ((800, 700), "PNG", {}, 700 * 800 * 4),
        ((800, 700), "PNG", {"mode": "L"}, 700 * 800),
        ((800, 700), "WEBP", {}, 700 * 800 * 16),
        ((800, 700), "JPEG", {}, 700 * 800 * 4),
        ((800, 700), "JPEG", {"progressive": True}, 700 * 800 * 7),
    ],
)
def test_more_than_fits_into_memory_is_refused_before_it_is_unpacked(monkeypatch, size, kind, options, fits):
    content = picture(*size, kind, **options)
    monkeypatch.setattr(decoding, "MOST_MEMORY", fits + 4 * 800 * 700)
    images.check(content)
    monkeypatch.setattr(decoding, "MOST_MEMORY", fits - 1)

    code, words = refusal(content)

    assert code == "too_large"
    assert words.startswith("The picture has 0 million pixels, too many for us to open.")


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "L"), ("PNG", "L")])
def test_a_hundred_million_pixels_are_shrunk_while_they_are_read(kind, mode):
    opened = decoding.decoded(picture(10_000, 10_000, kind, mode))

    assert 1600 <= opened.width <= 2500


def test_too_many_bytes_are_refused(monkeypatch):
    monkeypatch.setattr(decoding, "MOST_BYTES", 100)

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
        ((900, 17_000), (780, 14_733)),
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


def ramp(mode="L", size=(256, 16), most=255):
    """Dark at the left, light at the right."""
    gray = Image.new("I", size)
    gray.putdata([round(x * most / (size[0] - 1)) for _y in range(size[1]) for x in range(size[0])])
    return gray if mode == "I" else gray.convert("I;16") if mode == "I;16" else gray.convert("L").convert(mode)


def shades(image, **options):
    """What became of it at the left, in the middle and at the right: red, green, blue and how clear."""
    out = BytesIO()
    image.save(out, options.pop("kind", "PNG"), **options)
    opened = decoding.decoded(out.getvalue())
    row = opened.height // 2
    return [opened.convert("RGBA").getpixel((x, row)) for x in (2, opened.width // 2, opened.width - 3)]


def near(found, wanted):
    return all(
        abs(one - other) <= 5
        for mine, theirs in zip(found, wanted, strict=True)
        for one, other in zip(mine, theirs, strict=False)
    )


def profile(**tags):
    """The profile of sRGB with other tags: XYZ of a primary, or a name for its curve."""
    content = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for number in range(int.from_bytes(content[128:132], "big")):
        at = 132 + 12 * number
        name, place = content[at : at + 4].decode(), int.from_bytes(content[at + 4 : at + 8], "big")
        wanted = tags.get(name)
        if isinstance(wanted, str):
            content[at : at + 4] = wanted.encode()
        elif wanted:
            content[place + 8 : place + 20] = b"".join(round(v * 65_536).to_bytes(4, "big", signed=True) for v in wanted)
    content[16:20] = tags.get("space", "RGB ").encode()
    return bytes(content)


P3 = {"rXYZ": (0.5151, 0.2412, -0.0011), "gXYZ": (0.2920, 0.6922, 0.0419), "bXYZ": (0.1571, 0.0666, 0.7841)}
SKIN = Image.new("RGB", (60, 40), (214, 132, 120))
GRAYS = [(2, 2, 2), (128, 128, 128), (253, 253, 253)]


@pytest.mark.parametrize(
    ("image", "options", "wanted"),
    [
        (ramp("I;16", most=65_535), {}, GRAYS),
        (ramp("I;16", most=59_900), {}, [(2, 2, 2), (117, 117, 117), (231, 231, 231)]),
        (ramp("I;16", most=65_535), {"kind": "TIFF"}, GRAYS),
        (ramp("I", most=4_095), {"kind": "TIFF"}, GRAYS),  # 32 bits: measured values, from the darkest to the lightest
        (ramp("I", most=3_000).convert("F"), {"kind": "TIFF"}, GRAYS),
        (ramp(), {}, GRAYS),
        (ramp(), {"icc_profile": profile(space="GRAY", rTRC="kTRC")}, GRAYS),
        (ramp(), {"icc_profile": profile(**P3)}, GRAYS),
        (ramp("RGB", size=(2560, 20)), {}, GRAYS),
        (SKIN, {"icc_profile": profile()}, [(214, 132, 120)] * 3),
        (SKIN, {"icc_profile": profile(**P3)}, [(227, 129, 117)] * 3),
        (SKIN, {"icc_profile": profile(**P3), "kind": "JPEG", "quality": 95}, [(227, 129, 117)] * 3),
        (SKIN, {"icc_profile": profile(**P3), "kind": "WEBP", "lossless": True}, [(227, 129, 117)] * 3),
        (SKIN, {"icc_profile": profile(**P3), "kind": "TIFF"}, [(227, 129, 117)] * 3),
        (SKIN, {"icc_profile": b"no profile"}, [(214, 132, 120)] * 3),
        (SKIN, {"icc_profile": profile(space="GRAY", rTRC="kTRC")}, [(214, 132, 120)] * 3),
        (SKIN.convert("CMYK"), {"kind": "JPEG", "icc_profile": profile()}, [(214, 132, 120)] * 3),
        (SKIN.convert("CMYK"), {"kind": "TIFF"}, [(214, 132, 120)] * 3),
        (SKIN.convert("YCbCr"), {"kind": "TIFF"}, [(214, 132, 120)] * 3),
        (SKIN.convert("P", palette=Image.Palette.ADAPTIVE), {"icc_profile": profile(**P3)}, [(227, 129, 117)] * 3),
        (SKIN.convert("P", palette=Image.Palette.ADAPTIVE), {"kind": "GIF"}, [(214, 132, 120)] * 3),
        (Image.new("RGBA", (3300, 40), (214, 132, 120, 100)), {"icc_profile": profile(**P3)}, [(227, 129, 117, 100)] * 3),
        (SKIN, {"transparency": (214, 132, 120)}, [(214, 132, 120, 0)] * 3),
        (SKIN, {"kind": "AVIF", "quality": 95}, [(214, 132, 120)] * 3),
        (SKIN, {"kind": "PNG", "save_all": True, "append_images": [Image.new("RGB", (60, 40))]}, [(214, 132, 120)] * 3),
        (
            SKIN,
            {"kind": "WEBP", "lossless": True, "save_all": True, "append_images": [Image.new("RGB", (60, 40))]},
            [(214, 132, 120)] * 3,
        ),
        (SKIN, {"kind": "TIFF", "save_all": True, "append_images": [Image.new("RGB", (60, 40))]}, [(214, 132, 120)] * 3),
        (
            SKIN,
            {"kind": "MPO", "quality": 95, "save_all": True, "append_images": [Image.new("RGB", (60, 40))]},
            [(214, 132, 120)] * 3,
        ),
    ],
)
def test_colours_and_shades_are_kept_for_every_screen(image, options, wanted):
    assert near(shades(image, **options), wanted), shades(image, **options)


def test_values_that_a_png_says_are_light_itself_are_brightened():
    out = BytesIO()
    Image.new("RGB", (30, 20), (55, 55, 55)).save(out, "PNG")
    content = out.getvalue()
    chunk = b"gAMA" + (100_000).to_bytes(4, "big")
    content = content[:33] + (4).to_bytes(4, "big") + chunk + crc32(chunk).to_bytes(4, "big") + content[33:]

    assert near([decoding.decoded(content).getpixel((9, 9))], [(127, 127, 127)])


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_picture_stands_upright_however_it_lies_in_its_file(turn, kind):
    whole = Image.new("RGB", (3300, 400))
    whole.paste("red", (0, 0, 1650, 200))
    exif, out = Image.Exif(), BytesIO()
    exif[0x0112] = turn
    whole.save(out, kind, exif=exif)

    opened = decoding.decoded(out.getvalue())

    corners = [(5, 5), (opened.width - 6, 5), (5, opened.height - 6), (opened.width - 6, opened.height - 6)]
    red = next(number for number, place in enumerate(corners) if opened.getpixel(place)[0] > 150)
    assert red == {1: 0, 2: 1, 3: 3, 4: 2, 5: 0, 6: 1, 7: 3, 8: 2}[turn]
    assert (opened.height > opened.width) == (turn > 4)


def test_a_stored_file_that_broke_has_no_crop():
    name, _width, _height = images.store(picture(300, 200))
    default_storage.delete(name)
    default_storage.save(name, ContentFile(b"broken"))

    assert images.crop(name, images.CARD, (50, 50)) == ""
