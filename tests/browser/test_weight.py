"""A whole condition page, its style and its logo fit into the first round trip of a new connection: ten packets, 14 KB."""

import re
from urllib.request import Request, urlopen

import pytest

FIRST_ROUND_TRIP, ALL = 14 * 1024, 15 * 1024  # bytes of the page; with its style and the logo
PAGES = ["/", "/conditions/", "/conditions/crmo/", "/stories/", "/stories/crmo-pool/", "/glossary/", "/guides/"]


@pytest.fixture
def fetch(running):
    """The body at a path, as it is before compression."""
    return lambda path: urlopen(running.address + path).read()


@pytest.fixture
def sent(running):
    """(bytes on the wire, headers) of what a browser gets."""

    def ask(path):
        with urlopen(Request(running.address + path, headers={"Accept-Encoding": "gzip, deflate, br, zstd"})) as answer:
            assert answer.headers["Content-Encoding"] == "br"
            return answer.read(), answer.headers

    return ask


def sheets(page):
    return re.findall(r'rel="stylesheet" href="([^"]+)"', page.decode())


@pytest.mark.parametrize("path", ["/conditions/crmo/", "/es/conditions/crmo/"])
def test_condition_page_fits_into_the_first_round_trip(fetch, sent, path):
    page = fetch(path)
    logo = re.findall(r'<img src="([^"]+/logo[^"]+)"', page.decode())

    sizes = {each: len(sent(each)[0]) for each in [path, *sheets(page), *logo]}

    assert (len(sheets(page)), len(logo)) == (1, 1)
    assert sizes[path] < FIRST_ROUND_TRIP, sizes
    assert sum(sizes.values()) <= ALL, sizes


def test_style_is_kept_for_good_and_told_of_before_the_page(fetch, sent):
    (sheet,) = sheets(fetch("/conditions/crmo/"))

    page, style = sent("/conditions/crmo/")[1], sent(sheet)[1]

    assert page["Link"] == f"<{sheet}>; rel=preload; as=style"
    assert re.fullmatch(r"/static/css/condition\.[0-9a-f]{12}\.css", sheet)
    assert "immutable" in style["Cache-Control"]
    assert int(re.search(r"max-age=(\d+)", style["Cache-Control"])[1]) >= 31_536_000  # a year


@pytest.mark.parametrize("path", PAGES)
def test_page_for_readers_has_no_script(fetch, path):
    page = fetch(path).decode()

    assert [tag for tag in re.findall(r"<script\b[^>]*>", page) if tag != '<script type="application/ld+json">'] == []
    assert "modulepreload" not in page


def test_page_waits_for_one_sheet_and_nothing_else_stands_before_its_words(fetch):
    paths = ["/conditions/crmo/", "/", "/stories/", "/appointments/", "/appointments/find/"]

    pages = [fetch(path) for path in paths]

    names = [re.findall(r"(\w+)\.\w+\.css", " ".join(sheets(page))) for page in pages]
    assert names == [["condition"], ["home"], ["pages"], ["request"], ["request"]]
    assert [path for path, page in zip(paths, pages, strict=True) if b"ld+json" in page.partition(b"</main>")[0]] == []
