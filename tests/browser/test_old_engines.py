"""Phones that get no new browser: what can be typed into, pressed or is urgent is seen there, and a family gets through."""

import os
import time

import pytest

from tests.browser import old_engines

VERSIONS = [int(each) for each in os.environ.get("OLD_ENGINES", "110").split()]
SHOTS = old_engines.HOME / "shots" if "OLD_ENGINES" in os.environ else None
JUDGE = """
(() => {
  const seen = (box) => box.offsetWidth > 1 && getComputedStyle(box).visibility === 'visible' && !box.closest('.trap, .unseen, details:not([open]) > :not(summary)');
  const all = (css) => [...document.querySelectorAll(css)].filter(seen);
  const paint = (colour) => { const part = colour.match(/[\\d.]+/g).map(Number); return part[3] === 0 ? null : part.slice(0, 3) };
  const light = (colour) => paint(colour).map((each) => each / 255).map((each) => each <= .04045 ? each / 12.92 : ((each + .055) / 1.055) ** 2.4)
    .reduce((sum, each, at) => sum + each * [.2126, .7152, .0722][at], 0);
  const apart = (one, two) => { const [dark, bright] = [light(one), light(two)].sort((a, b) => a - b); return (bright + .05) / (dark + .05) };
  const under = (box) => { while (box && !paint(getComputedStyle(box).backgroundColor)) box = box.parentElement; return box ? getComputedStyle(box).backgroundColor : 'rgb(255, 255, 255)' };
  const drawn = (style, side) => style[side + 'Style'] !== 'none' && parseFloat(style[side + 'Width']) > 0 && paint(style[side + 'Color']);
  const found = [];
  const hold = (right, what, box) => { if (!right) found.push(what + ': ' + box.outerHTML.slice(0, 90)) };
  const name = (box) => box.tagName + (box.type || '');
  for (const box of all('main input:not([type=radio]):not([type=checkbox]):not([type=hidden]), main textarea, main select')) {
    const style = getComputedStyle(box);
    hold(drawn(style, 'borderTop') && apart(style.borderTopColor, under(box.parentElement)) >= 3, 'no border', box);
  }
  for (const box of all('main a, main button, main input:not([type=hidden]), main textarea, main select')) {
    box.focus({ preventScroll: true });
    const around = [box, box.closest('label')].filter(Boolean).map((each) => getComputedStyle(each));
    hold(document.activeElement === box && around.some((style) => drawn(style, 'outline')), 'no focus', box);
  }
  for (const box of all('.button')) {
    const style = getComputedStyle(box);
    hold(paint(style.backgroundColor) && apart(style.backgroundColor, under(box.parentElement)) >= 3 || drawn(style, 'borderTop'), 'no button', box);
    hold(apart(style.color, under(box)) >= 4.5, 'pale words', box);
  }
  for (const box of all('.care > div, .stop')) hold(under(box) !== under(box.parentElement) && paint(getComputedStyle(box).backgroundColor), 'no level', box);
  for (const box of all('main p, main li, main label, main dd')) hold(apart(getComputedStyle(box).color, under(box)) >= 4.5, 'pale', box);
  hold(document.documentElement.scrollWidth <= innerWidth, 'wider than the screen', document.body);
  return found;
})()
"""
CONTINUE = "document.querySelector('#questions > .button').click()"
ANSWERS = {
    "child": {"name": "Kim Old", "born_0": "4", "born_1": "23", "born_2": "2015"},
    "visit": ["visit_0", "mode_0", "interpreter_0"],
    "contact": {"phone": "212 555 0199", "how_0": None, "message_0": None},
    "times": ["days_0"],
}


@pytest.fixture(params=VERSIONS)
def old(request):
    if why := old_engines.lacking(request.param):
        pytest.skip(why)
    with old_engines.started(request.param) as browser:
        browser.version = request.param
        yield browser


def fill(answers):
    """A script that types and presses."""
    given = answers if isinstance(answers, dict) else dict.fromkeys(answers)
    one = "document.getElementById('id_{}').{}"
    return ";".join(one.format(name, f"value = '{words}'" if words else "click()") for name, words in given.items())


def judge(browser, name, wrong):
    if faults := browser.js(JUDGE):
        wrong[name] = faults
    if SHOTS:
        browser.shot(SHOTS / f"{browser.version}-{name}.png")


def test_family_reads_and_asks_on_an_old_phone(old, running):
    wrong = {}
    for name, path in {"home": "/", "condition": "/conditions/crmo/", "start": "/appointments/?condition=crmo"}.items():
        old.open(running.address + path)
        judge(old, name, wrong)
        assert name != "condition" or old.js("document.querySelectorAll('.care > div').length") >= 2
    old.leave_by(CONTINUE)
    assert old.js("document.querySelector('.errors a') !== null")
    judge(old, "error", wrong)
    old.js(fill({"asker_0": None, "name": "Pat Old", "confirm": None}) + ";1")
    old.leave_by(CONTINUE)
    for step, answers in ANSWERS.items():
        assert old.js("location.pathname").endswith(f"/{step}/")
        judge(old, step, wrong)
        old.js(fill(answers) + ";1")
        old.leave_by(CONTINUE)
    judge(old, "check", wrong)
    time.sleep(3.1)  # whoever is quicker is asked to send again
    old.leave_by("document.querySelector('main form .button').click()")
    assert old.js("location.pathname").endswith("/done/")
    judge(old, "done", wrong)
    old.leave_by("document.querySelector('main .button').click()")
    judge(old, "private", wrong)

    assert wrong == {}, wrong
