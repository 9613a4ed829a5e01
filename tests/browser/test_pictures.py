"""Pictures on a slow connection: the page never moves, what is in sight comes first, phones load the small file."""

import pytest

PAGES = ["/conditions/crmo/", "/stories/", "/stories/crmo-pool/", "/news/", "/news/mri-film/", "/clinicians/ana-example/"]
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}  # ms, bytes per second
WATCH = """
window.moved = 0;
new PerformanceObserver((list) => { for (const shift of list.getEntries()) window.moved += shift.value })
  .observe({ type: "layout-shift", buffered: true });
"""
PICTURES = """() => [...document.images].filter((image) => image.clientWidth).map((image) => ({
  file: image.currentSrc.split("-").pop(), top: image.getBoundingClientRect().top, lazy: image.loading === "lazy",
  sized: image.hasAttribute("width") && image.hasAttribute("height") }))"""
MAKE_ONE = """
from foundation.pictures import images as pictures
from stories.models import Story
pictures.make_avif(Story.objects.get(slug="crmo-pool").picture)
"""


def slow(page):
    """Slow 4G, nothing kept, watched from the start."""
    page.add_init_script(WATCH)
    line = page.context.new_cdp_session(page)
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    line.send("Network.emulateNetworkConditions", SLOW)


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 900)])
def test_pages_with_pictures_do_not_move(visit, running, width, height):
    page = visit("/", width=width, height=height, before=slow)
    moved, unsized, late, seen = {}, [], [], 0

    for path in PAGES:
        page.goto(running.address + path)
        first = page.evaluate(PICTURES)
        for image in page.locator("main picture img").all():
            image.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        moved[path] = page.evaluate("moved")
        unsized += [(path, image) for image in first if not image["sized"]]
        late += [
            (path, image) for image in first if image["lazy"] and image["top"] < height / 2
        ]  # lower down it hangs on the letters
        seen += len(first)

    assert moved == dict.fromkeys(PAGES, 0)
    assert (unsized, late) == ([], [])
    assert seen > len(PAGES)  # more than the logo


def test_phone_loads_the_small_file_in_the_small_format(visit, running):
    running.manage("shell", "-c", MAKE_ONE)

    page = visit("/stories/crmo-pool/", width=360, height=740, device_scale_factor=3)

    assert [image["file"] for image in page.evaluate(PICTURES)][-1] == "960.avif"
