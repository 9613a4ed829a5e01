"""Each kind of page as people meet it: accessible, within the screen, well-formed, without script."""

import os
import re
from collections import Counter
from html import unescape
from urllib.error import HTTPError
from urllib.request import urlopen

import html5lib
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.engines import CHROMIUM, FLAGS
from tests.browser.leaflets import PAPERS, conditions, sheets
from tests.browser.old_engines import READER

PUBLIC = {
    "home": "/",
    "home in Spanish": "/es/",
    "A–Z": "/conditions/",
    "A–Z of one department": "/conditions/?department=pediatric-rheumatology",
    "condition": "/conditions/crmo/",
    "condition in Spanish": "/es/conditions/crmo/",
    "condition without Spanish": "/es/conditions/lupus/",
    "condition overdue": "/conditions/growing-pains/",
    "versions": "/conditions/crmo/versions/",
    "version": "/conditions/crmo/versions/1/",
    "glossary": "/glossary/",
    "stories": "/stories/",
    "story": "/stories/crmo-pool/",
    "news": "/news/",
    "article": "/news/mri-film/",
    "coverage": "/news/radio-waiting-for-a-name/",
    "departments": "/departments/",
    "department": "/departments/pediatric-rheumatology/",
    "clinicians": "/clinicians/",
    "clinician": "/clinicians/ana-example/",
    "search": "/search/",
    "search found": "/search/?q=osteomylitis",
    "search not found": "/search/?q=xylophone",
    "not found": "/nowhere/",
    "sign-in": "/accounts/login/",
}
STAFF = {
    "index": "/admin/",
    "conditions": "/admin/conditions/condition/?q=crmo",  # few rows say the same as many
    "editions": "/admin/conditions/edition/?q=crmo",
    "stories": "/admin/stories/story/?q=pool",
    "new story": "/admin/stories/story/add/",
    "department": "/admin/directory/department/",
    "audit": "/admin/audit/record/",
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Without preload: for it, axe writes style elements into the page, which the policy refuses.
# Of what is right, axe keeps one place only: that is half its work.
OPTIONS = {"runOnly": {"type": "tag", "values": RULES}, "preload": False, "resultTypes": ["violations"]}
SOURCE = Axe().axe_script
ENOUGH = 6  # pages of a kind
SAME = {"home in Spanish", "A–Z of one department", "condition in Spanish"}  # templates, and so colours, of another kind
# Colours that fade over have done so.
FADED = "for (const each of document.getAnimations()) { try { each.finish() } catch { /* it has no end */ } }"
# Colours are two thirds of the work. Of words that stand in boxes of the same kinds, and so have the same, the first two are looked at.
ALIKE = """() => {
  const counts = {};
  const kind = (box) => box ? [kind(box.parentElement), box.tagName, box.className, box.type, box.ariaCurrent].join() : "";
  const words = (box) => box.type || [...box.childNodes].some((part) => part.nodeType === Node.TEXT_NODE && part.data.trim());
  const again = (name) => (counts[name] = (counts[name] ?? 0) + 1) > 2;
  for (const box of document.body.querySelectorAll("*")) box.toggleAttribute("data-alike", words(box) && again(kind(box)));
  axe.configure({ rules: [{ id: "color-contrast", selector: ":not([data-alike])" }] });
}"""


def violations(page, dark=True):
    """What axe finds in the light; and of the colours, the only thing that changes, in the dark."""
    page.wait_for_load_state()
    found = _judged(page, OPTIONS)
    if dark:
        page.emulate_media(color_scheme="dark")
        page.evaluate(FADED)
        found += _judged(page, {**OPTIONS, "runOnly": ["color-contrast"]})
        page.emulate_media(color_scheme="light")
        page.evaluate(FADED)
    return found


def _judged(page, options):
    if not page.evaluate("'axe' in window"):
        page.evaluate(SOURCE)
    page.evaluate(ALIKE)
    found = page.evaluate("options => axe.run(document, options).then(found => found.violations)", options)
    return [(v["id"], [node["html"][:160] for node in v["nodes"]]) for v in found]


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def turn(page, *, width=1280, direction="ltr", text=""):
    """The page on a screen of this width, in this direction, its text larger or not."""
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(
        "([dir, size]) => { Object.assign(document.documentElement, { dir }).style.fontSize = size }", [direction, text]
    )


@pytest.mark.parametrize("kind", PUBLIC)
def test_public_page_is_accessible_fits_and_says_what_it_is(read, kind):
    page = read(PUBLIC[kind])
    found = {"light and dark": violations(page, dark=kind not in SAME or "FULL" in os.environ)}
    html5lib.HTMLParser(strict=True).parse(page.request.get(page.url).text())
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")

    turn(page, width=320)
    narrow = {"at 320 pixels": overflow(page)}
    turn(page, width=320, direction="rtl")
    narrow["from right to left"] = overflow(page)
    if kind == "condition" or "FULL" in os.environ:
        found["at 320 pixels from right to left"] = violations(page, dark=False)
    turn(page, width=640, text="225%")
    narrow["with text of twice the size"] = overflow(page)

    assert {way: wrong for way, wrong in found.items() if wrong} == {}
    assert {way: more for way, more in narrow.items() if more > 0} == {}
    assert page.locator("main h1").count() == 1
    assert len(page.title()) > 3
    assert page.locator("a[href='#main'], a.skip").count() == 1
    assert len(ids) == len(set(ids))


def test_no_page_scrolls_sideways_on_a_small_phone_with_letters_twice_as_large(playwright, running):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--blink-settings=defaultFontSize=32"])
    page = browser.new_page(viewport={"width": 320, "height": 800})
    wider = {}
    for kind, path in PUBLIC.items():
        page.goto(running.address + path)
        wider[kind] = overflow(page)
    browser.close()

    assert {kind: more for kind, more in wider.items() if more > 0} == {}


@pytest.mark.parametrize("kind", STAFF)
def test_staff_page_is_accessible(read, administrator, kind):
    page = read(STAFF[kind], staff=administrator)

    assert page.url.endswith(STAFF[kind])
    assert violations(page) == []


def test_skip_link_is_first_and_leads_to_the_text(read):
    page = read("/conditions/crmo/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


def test_every_link_of_a_card_can_be_pressed_itself(read):
    """The link of its heading covers the card."""
    page = read("/clinicians/", width=768, height=5000)
    pressed = (
        "all => all.map(e => { const r = e.getClientRects()[0]; return document.elementFromPoint(r.x + 9, r.y + 9) === e })"
    )

    assert set(page.locator(".card a").evaluate_all(pressed)) == {True}
    assert min(page.locator(".card p > a:first-child").evaluate_all("all => all.map(e => e.offsetHeight)")) >= 24


def test_every_internal_link_leads_somewhere(running):
    """Of many addresses of one kind and language some are enough."""
    seen, waiting, broken, kinds = set(), ["/", "/es/"], [], Counter()
    while waiting:
        path = waiting.pop()
        if path in seen or path.startswith(("/accounts/", "/admin/")):
            continue
        seen.add(path)
        parts = path.partition("?")[0].split("/")
        kind = (*parts[: 3 if parts[1] == "es" else 2], len(parts))
        kinds[kind] += 1
        if kinds[kind] > ENOUGH:
            continue
        try:
            with urlopen(running.address + path) as answer:
                if answer.headers.get_content_type() == "text/html":
                    waiting += _links(answer.read().decode())
        except HTTPError as refusal:
            broken.append((path, refusal.code))

    assert broken == []
    assert len(seen) > 80


def _links(source):
    found = map(unescape, re.findall(r'<(?:a|img)\b[^>]*? (?:href|src)="([^"]*)"', source))
    return [link.partition("#")[0] for link in found if link.startswith("/")]


@pytest.mark.parametrize("address", ["/conditions/crmo/", "/es/conditions/crmo/", "/conditions/lupus/"])
def test_way_to_an_appointment_and_the_advice_stand_near_the_top(read, address):
    page = read(address, width=360, height=740)
    ask, when = page.locator(".bar a").first, page.locator(".jump a")

    assert ask.bounding_box()["y"] < 740
    assert re.search(r"/appointments/\?condition=[\w-]+$", ask.get_attribute("href"))
    assert page.locator(".care .now").bounding_box()["y"] < 2 * 740
    assert page.locator(".care > div > p").evaluate_all("all => all.map(e => e.offsetHeight > 0)") == [True, True]
    when.click()
    assert page.locator(".care :target").inner_text() == page.locator(".care h2").inner_text()
    assert page.locator(".care .live").is_visible()


def test_menu_of_a_phone_leads_to_an_appointment_without_script(visit):
    page = visit("/conditions/crmo/", width=360, height=740, java_script_enabled=False)
    ask = page.locator("#menu").get_by_role("link", name="Ask for an appointment")

    assert not ask.is_visible()
    page.get_by_role("button", name="Menu").click()

    assert ask.is_visible()
    assert not page.locator(".mast nav > .button").is_visible()


@pytest.mark.parametrize("address", ["/", "/conditions/crmo/", "/es/conditions/crmo/", "/departments/pediatric-rheumatology/"])
def test_header_with_its_button_fits(read, address):
    page = read(address)
    right = "Math.max(...[...document.querySelectorAll('.mast *, .act, .act *, .care, .care *')].map(e => e.getBoundingClientRect().right))"
    left = right.replace("Math.max", "Math.min").replace("right", "left")

    for width, size in [(320, 112.5), (360, 225), (864, 112.5), (900, 112.5)]:
        turn(page, width=width, text=f"{size}%")
        assert page.evaluate(right) <= width, (width, size)
        turn(page, width=width, direction="rtl", text=f"{size}%")
        assert page.evaluate(left) >= 0, (width, size)


@pytest.mark.parametrize("address", ["/conditions/crmo/", "/es/conditions/crmo/", "/es/conditions/kawasaki-disease/"])
def test_leaflet_has_two_sheets_and_the_whole_page_is_printed_by_choice(read, address):
    page = read(address)

    assert {paper: sheets(page.pdf(format=paper, print_background=True)) for paper in PAPERS} == {"Letter": 2, "A4": 2}
    page.locator("a[href='#whole']").click()
    assert sheets(page.pdf(format="A4")) > 3


@pytest.mark.skipif(not READER.exists(), reason="NO READER VIEW: python -m tests.browser.old_engines reader")
def test_reader_view_keeps_every_part(visit):
    page = visit("/")
    reader = page.context.new_page()  # our policy would refuse what a reader view does to its copy of a page
    parts = "[...document.querySelectorAll('.lead, .keys li, .care li, .questions li, .sources li, .who b, section h2, .invite p, .card p, .card small')].map(e => e.textContent)"
    shown = f"(() => {{ {READER.read_text()}; return new Readability(document.cloneNode(true)).parse().textContent }})()"
    address = page.url.rstrip("/")
    lost, seen = {}, 0
    for path in [f"/conditions/{slug}/" for slug in conditions(page, address)] + ["/es/conditions/crmo/"]:
        source = page.request.get(address + path).text()
        reader.set_content(re.sub(r"<(script|link)\b.*?>(?:.*?</script>)?", "", source))
        wanted, kept = reader.evaluate(parts), " ".join(reader.evaluate(shown).split())
        seen += len(wanted)
        if missing := [part for part in wanted if " ".join(part.split()) not in kept]:
            lost[path] = missing

    assert lost == {}
    assert seen > 300
