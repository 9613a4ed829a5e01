"""A whole condition page, its style and its logo fit into the first round trip of a new connection: ten packets, 14 KB."""

import re
from urllib.request import urlopen

import brotli
import pytest

FIRST_ROUND_TRIP = 14 * 1024  # bytes


@pytest.fixture
def fetch(running):
    """The body at a path, as it is before compression."""
    return lambda path: urlopen(running.address + path).read()


def sheets(page):
    return re.findall(r'rel="stylesheet" href="([^"]+)"', page.decode())


@pytest.mark.parametrize("path", ["/conditions/crmo/", "/es/conditions/crmo/"])
def test_condition_page_fits_into_the_first_round_trip(fetch, path):
    page = fetch(path)
    logo = re.findall(r'<img src="([^"]+/logo[^"]+)"', page.decode())

    sizes = {each: len(brotli.compress(fetch(each), quality=11)) for each in [path, *sheets(page), *logo]}

    assert (len(sheets(page)), len(logo)) == (1, 1)
    assert sum(sizes.values()) < FIRST_ROUND_TRIP, sizes


def test_only_pages_of_questions_ask_for_their_style(fetch):
    assert [len(sheets(fetch(path))) for path in ("/appointments/", "/appointments/find/", "/conditions/crmo/")] == [2, 2, 1]
