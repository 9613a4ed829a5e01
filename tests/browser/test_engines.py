"""The same in every engine: the editor of an edition, every button that acts pressed twice, a second error on a form.

In the suite each engine presses a family's button, a verb's and the edit page's twice by hand, Chromium a few more, and it sends
their forms twice at one moment; that each verb acts once is held without a browser. `make browsers` presses every button in all of them (ENGINES=firefox for one).
"""

import json
import os
import re
import sqlite3
import time
from contextlib import closing
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest

from foundation.prose.text import clean
from tests.browser import engines
from tests.clipboards import CLIPBOARDS

SHOTS = os.environ.get("SHOTS")  # a folder for pictures
WORLD = Path(__file__).with_name("world.py").read_text(encoding="utf-8")
ASIDE = (
    "audit_",
    "sqlite_",
    "django_session",
    "usersessions_",
    "adminkit_sentform",
    "adminkit_workingcopy",
    "privacy_",
    "search_",
    "conditions_presence",
)

FAMILY, VERB = "main form[method=post] .button", "#content-main form .submit-row [type=submit]"
# Of each engine a Wednesday of its own when no holiday can be, long after the times that `world.py` holds.
_days = (date.today() + timedelta(days=300 + more) for more in count())  # noqa: DTZ011  any zone's will do
DAYS = dict(
    zip(("chromium", "firefox", "webkit"), (f"{d}" for d in _days if d.weekday() == 2 and 12 <= d.day <= 18), strict=False)
)
HOURS = {"once": "09:30", "fingers": "11:00", "wire": "14:00"}
# act: (what is pressed, what is typed before)
ACTS = {
    "accept": (FAMILY, {}),
    "withdraw": (FAMILY, {}),
    "words": (FAMILY, {"words": "We have the pictures now."}),
    "contact": (FAMILY, {"phone": "212 555 0187", "how": "call", "message": "yes"}),
    "other": (FAMILY, {"words": "Mornings are better."}),
    "send": (FAMILY, {}),
    "take": (VERB, {}),
    "case": (".object-tools form button", {}),
    "attempt": (VERB, {"channel": "call", "outcome": "no-answer"}),
    "note": (VERB, {"words": "A word for the colleagues."}),
    "offer": (VERB, {"time-0-clinician": "first", "time-0-where": "at Main Campus", "time-0-day": DAYS, "time-0-time": HOURS}),
    "confirm": (VERB, {"held": "first"}),
    "change": (".bar [name=_continue]", {"summary": "A better short answer."}),
    "submit": (VERB, {}),
    "comment": (VERB, {"words": "Shorter, perhaps."}),
    "share": (VERB, {"for_whom": "Dr. Ana"}),
    "send-back": (VERB, {"reason": "Say how."}),
    "answer": (VERB, {"words": "It is shorter now."}),
    "revoke": ("form[action*='/revoke/'] button", {}),
    "approve": (VERB, {}),
    "publish": (VERB, {}),
    "paper": (VERB, {"reason": "The family asked."}),
}
FILL = """
for (const [name, typed] of Object.entries(args[0])) {
  const boxes = [...document.querySelectorAll(`main form [name="${name}"], #content-main form [name="${name}"]`)];
  const box = boxes.find((each) => each.type === 'radio' && each.value === typed) ?? boxes[0];
  if (box.type === 'radio') box.checked = true;
  else if (box.tagName === 'SELECT' && typed === 'first') box.selectedIndex = 1;
  else if (box.tagName === 'SELECT' && typed.startsWith('at '))
    [...box.options].find((each) => each.parentElement.label?.startsWith(typed.slice(3))).selected = true;
  else box.value = typed;
}
return 1;
"""
# The same form, sent twice at the same moment.
WIRE = """
const button = document.querySelector(args[0]);
const form = button.form;
const data = new URLSearchParams(new FormData(form, button.name ? button : undefined));
const send = () => fetch(form.action, { method: "POST", body: data }).then(async (answer) => [answer.status, answer.url, await answer.text()]);
window.answers = null;
Promise.all([send(), send()]).then((answers) => { window.answers = answers; });
return 1;
"""
WRONG = re.compile(r'role="alert"|class="errornote|class="errorlist|class="error"')
TOLD = re.compile(
    r'role="status"(?![^>]*(?:hidden|data-))[^>]*>\s*(?:<\w+[^>]*>)*([^<]+)|<li class="[^"]*success">([^<]+)|id="address" value="([^"]+)'
)
READ = "return (document.querySelector('main') ?? document.body).innerText"


@pytest.fixture(scope="session", params=engines.ENGINES)
def world(request, running):
    """(browser, addresses): signed in as an administrator, before requests, drafts and papers that nobody touched."""
    lacking = engines.lacking(request.param)
    if lacking:
        pytest.skip(lacking)
    mark = f"{request.param}{int(time.time())}"
    acts = list(ACTS) if engines.WHOLE else sorted(engines.BY_HAND[request.param])
    given = f"MARK, ACTS, WAYS = {mark!r}, {acts!r}, {ways(request.param)!r}\n"
    printed = running.manage("shell", "-v0", "-c", given + WORLD)
    made = json.loads(printed.partition("MADE")[2]) | {"engine": request.param}
    playwright = None if request.param == "webkit" else request.getfixturevalue("playwright")
    with engines.started(request.param, playwright) as browser:
        browser.open(running.sign_in_link())
        browser.leave_by(lambda: browser.press("#content form button"))
        taste(browser, made["cookies"])
        yield browser, made
        if SHOTS:
            browser.shot(Path(SHOTS) / f"{request.param}.png")


def ways(engine):
    """How buttons are pressed: once, twice by hand; in Chromium the form is also sent twice at the same moment."""
    return ["once", "fingers", *(["wire"] if engines.WHOLE or engine == "chromium" else [])]


def taste(browser, cookies):
    for name, value in cookies.items():
        browser.js("document.cookie = `${args[0]}=${args[1]}; path=/`; return 1", name, value)


def counts(running):
    """Rows of each table that says what was done."""
    (file,) = running.folder.glob("*.sqlite3")
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        wanted = [name for name in names if not name.startswith(ASIDE)]
        return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in wanted}


def change(before, after):
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def said(html, url):
    """What a page says was done; "" if it says that something is wrong, or nothing."""
    if WRONG.search(html):
        return ""
    if "/done/" in url:
        return "sent"
    found = TOLD.search(html)
    return next(filter(None, found.groups())).strip() if found else ""


def act(world, running, name, way):
    """Presses in this way; returns (which tables grew by how much, what the page says)."""
    browser, made = world
    pressed, typed = ACTS[name]
    if name == "send":
        taste(browser, {key: value for key, value in made[f"send {way} cookies"].items() if key != "csrftoken"})
    browser.open(running.address + made[f"{name} {way}"])
    chosen = {box: words.get(way) or words[made["engine"]] for box, words in typed.items() if isinstance(words, dict)}
    browser.js(FILL, typed | chosen)
    before = counts(running)
    if way == "wire":
        browser.js(WIRE, pressed)
        answers = browser.until("return window.answers")
        assert [status for status, _url, _text in answers] == [200, 200]
        return change(before, counts(running)), max((said(text, url) for _status, url, text in answers), key=len)
    browser.leave_by(lambda: (browser.press if way == "once" else browser.press_twice)(pressed))
    time.sleep(0.2)  # a second answer may still replace the first
    browser.until("return document.readyState === 'complete'")
    told = said(*browser.js("return [document.documentElement.outerHTML, location.href]"))
    return change(before, counts(running)), told or f"NOT DONE: {browser.js(READ)[:300]}"


@pytest.mark.parametrize("name", ACTS)
def test_button_pressed_twice_does_what_it_does_once(world, running, name):
    once, told = act(world, running, name, "once")

    assert not told.startswith("NOT DONE"), told
    fingers, by_hand = act(world, running, name, "fingers")
    assert not by_hand.startswith("NOT DONE"), by_hand
    assert fingers == once
    if "wire" in ways(world[1]["engine"]):
        wire, at_once = act(world, running, name, "wire")
        assert at_once, "neither answer says what was done"
        assert wire == once


def test_back_after_sending_leads_to_what_was_sent(world, running):
    """WebKit would show the page of before once more, as it was (over plain HTTP); it asks anew."""
    browser, made = world
    taste(browser, {key: value for key, value in made["send back cookies"].items() if key != "csrftoken"})
    browser.open(running.address + made["send back"])
    browser.leave_by(lambda: browser.press(FAMILY))
    reference = browser.js("return document.querySelector('.reference b').innerText")
    sent = counts(running)

    browser.js("setTimeout(() => history.back()); return 1")
    time.sleep(0.5)

    browser.until("return document.querySelector('.reference b')?.innerText === args[0]", reference, why="not what was sent")
    assert change(sent, counts(running)) == {}


UNFOLD = "document.querySelectorAll('.fold, .bar .more').forEach((fold) => { fold.open = true; }); return 1"


def test_every_long_text_has_an_editor_that_writes_and_saves(world, running):
    browser, made = world
    browser.open(running.address + made["editor"])
    browser.js(UNFOLD)
    rows = browser.js("return document.querySelectorAll('#sections-group > .section').length")
    assert rows > 4
    browser.until("return document.querySelectorAll('.ProseMirror[role=textbox]').length === args[0]", rows, why="no editors")

    browser.js(
        """
        const box = document.querySelector('#sections-0 .ProseMirror[role=textbox]');
        box.scrollIntoView({ block: 'center' });
        box.focus();
        getSelection().selectAllChildren(box);
        getSelection().collapseToEnd();
        return 1;
        """
    )
    time.sleep(0.2)
    browser.type(" A word in")
    browser.chord("b")
    browser.type(" bold")
    browser.chord("b")
    time.sleep(0.2)
    browser.leave_by(lambda: browser.press(".bar [name=_continue]"))

    stored = browser.js("return document.querySelector('#id_sections-0-body').value")
    assert "A word in" in stored
    assert "<strong> bold</strong>" in stored or "<strong>bold</strong>" in stored


PASTE = """
const box = document.querySelector('#sections-0 .ProseMirror[role=textbox]');
box.editor.commands.clearContent();
const clipboardData = new DataTransfer();
clipboardData.setData('text/html', args[0]);
const init = { clipboardData, dataType: 'text/html', data: args[0], bubbles: true, cancelable: true }; // Firefox reads `data`
box.dispatchEvent(new ClipboardEvent('paste', init));
return 1;
"""


def test_clipboards_say_the_same(world, running):
    browser, made = world
    browser.open(running.address + made["editor"])
    browser.js(UNFOLD)
    browser.until("return document.querySelector('#sections-0 .ProseMirror[role=textbox]')?.editor && 1", why="no editor")

    for program in CLIPBOARDS if engines.WHOLE else ["Word"]:
        html, right = CLIPBOARDS[program]
        browser.js(PASTE, html)
        browser.until("return document.querySelector('#id_sections-0-body').value.length > 9")
        assert clean(browser.js("return document.querySelector('#id_sections-0-body').value")) == right, program


def test_verb_on_unsaved_words_saves_them_first(world, running):
    browser, made = world
    browser.open(running.address + made["editor"])
    browser.until("return document.querySelector('.bar a[href$=\"/comment/\"]')?.href")
    browser.js(UNFOLD)
    browser.js("const box = document.querySelector('#id_summary'); box.focus(); box.select(); return 1")
    browser.type("Typed and not saved.")
    browser.leave_by(lambda: browser.press(".bar a[href$='/comment/']"))

    assert browser.js("return location.pathname").endswith("/comment/")
    assert "is saved" in browser.js("return document.querySelector('.messagelist').innerText")
    browser.open(running.address + made["editor"])
    assert browser.js("return document.querySelector('#id_summary').value") == "Typed and not saved."


SECOND = {
    "family": ("/appointments/request/you/", "main form[method=post] .button", "main [role=alert]"),
    "staff": ("/admin/news/newsitem/add/", ".submit-row [name=_continue]", ".errornote"),
}


@pytest.mark.parametrize("who", SECOND)
def test_second_error_is_seen_and_spoken_first(world, running, who):
    browser, _made = world
    address, button, summary = SECOND[who]
    browser.js("document.cookie = 'draft=; path=/; max-age=0'; return 1")
    browser.open(running.address + address)
    for time_of_it in ("first", "second"):
        browser.leave_by(lambda: browser.press(button))
        spoken = f"return document.activeElement === document.querySelector({summary!r})"
        browser.until(spoken, why=f"{time_of_it} error: the focus is not on what is wrong")
        assert browser.js("return location.hash") == ""
        browser.js(
            "const box = document.querySelector('main form [id], #content form [id]'); location.hash = box.id; box.focus(); return 1"
        )


def test_tab_never_stops_where_nothing_is_seen(world, running):
    browser, made = world
    stops = """
        return [...document.querySelectorAll('input[type=hidden]')].filter((box) => getComputedStyle(box).display !== 'none').map((box) => box.name);
    """
    for address in ("/", "/appointments/request/you/", "/appointments/find/", "/accounts/2fa/", "/admin/", made["editor"]):
        browser.open(running.address + address)
        assert browser.js(stops) == [], address
