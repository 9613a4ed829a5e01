"""What no browser may show or stop at, and what an old one must not lose: read from the style sheets themselves."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
PUBLIC = [sheet for sheet in SHEETS if not sheet.name.startswith("admin")]
GIVES_A_BOX = re.compile(r"\bdisplay\s*:(?!\s*none)")


def rules(css):
    """(selector, declarations) of every rule that holds no other."""
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return re.findall(r"([^{}]+)\{([^{}]*)\}", bare)


def inputs(selector):
    """The parts of a selector that mean an input, each with what it says of it: “:not([type=radio], [type=hidden])”."""
    return re.findall(r"(?<![\w.#-])input((?:\[[^\]]*\]|:(?:not|is|where)\([^()]*(?:\([^()]*\)[^()]*)*\)|:[\w-]+)*)", selector)


def may_be_hidden(said):
    """Whether an input of which a rule says only this may be a hidden one: WebKit then gives it a box and stops at it."""
    excluded = re.search(r':not\([^)]*\[type="?hidden"?\]', said)
    chosen = re.search(r'(?<!not\()(?:^|:is\()\[type="?\w', said)
    return not excluded and not chosen


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_no_rule_gives_hidden_inputs_a_box(sheet):
    found = [
        selector.strip()
        for selector, declarations in rules(sheet.read_text(encoding="utf-8"))
        if GIVES_A_BOX.search(declarations) and any(may_be_hidden(said) for said in inputs(selector))
    ]

    assert found == []


@pytest.mark.parametrize(
    ("selector", "faulty"),
    [
        ("input:not([type=radio], [type=checkbox])", True),
        ("input", True),
        (".find input:focus-visible", True),
        (':is(label, input:not([type="checkbox"]))', True),
        ("input:not([type=radio], [type=hidden])", False),
        ('.sign-in input:not([type="checkbox"], [type="hidden"])', False),
        ("input[type=radio]", False),
        ('.aligned input:is([type="date"], [type="time"])', False),
        (".input, .my-input", False),
    ],
)
def test_rules_on_bare_inputs_are_recognised(selector, faulty):
    assert any(may_be_hidden(said) for said in inputs(selector)) == faulty


# --- old browsers: Chromium of 2018 and Safari of 2017 read the same rules, and drop what they do not know -----------------

YOUNG = re.compile(
    r":(?:is|where|has|focus-visible|target-current|popover-open)\b|:not\([^()]*,|::(?:backdrop|details-content)"
)
SIDES = re.compile(r"(?:^|;)\s*(margin|padding|border)-(?:inline|block)(?:-\w+)*\s*:")
KNOWN_AROUND = re.compile(r"@(?:media|supports)\b").match
NO_RING = re.compile(r"outline(?:-style|-width)?\s*:\s*(?:0|none)\b")


def in_context(css):
    """(at-rules around it, selector, declarations) of every rule that holds no other."""
    around, start = [], 0
    bare = re.sub(r"/\*.*?\*/|@import[^;]*;", "", css, flags=re.DOTALL)
    for brace in re.finditer(r"[{}]", bare):
        text, start = bare[start : brace.start()].strip(), brace.end()
        if brace[0] == "{":
            around.append(text)
        else:
            selector = around.pop()
            if text:
                yield around[:], selector, text


def losses(css):
    """What an old browser would lose of a style sheet without anything in its place."""
    for around, selector, declarations in in_context(css):
        asked = any(each.startswith("@supports") for each in around)
        if selector.startswith(("@layer", "@container")) or not all(map(KNOWN_AROUND, around)):
            yield f"{selector}: a whole block that it does not know"
        for value in re.findall(r"--[\w-]+\s*:([^;]*)", declarations):
            if not asked and re.search(r"\b(?!rgba?\()[a-z-]+\(", value):
                yield f"{selector}: a property that may be empty: {value.strip()}"
        rings_off = NO_RING.search(declarations)
        if (
            not rings_off
            and "," in selector
            and YOUNG.search(selector)
            and not all(map(YOUNG.search, re.split(r",(?![^(]*\))", selector)))
        ):
            yield f"{selector}: a list that one unknown selector empties"
        if rings_off and not asked and not re.search(r":not\(:focus-visible\)|(?:main|div):focus$", selector):
            yield f"{selector}: no ring round what has the focus"
        for side in SIDES.findall(declarations) if not YOUNG.search(selector) else ():
            if not re.search(rf"(?:^|;)\s*{side}(?:-(?:left|right|top|bottom|width))*\s*:", declarations):
                yield f"{selector}: no {side} but a logical one"


@pytest.mark.parametrize("sheet", PUBLIC, ids=lambda path: path.name)
def test_old_browser_loses_nothing_that_carries_function(sheet):
    assert list(losses(sheet.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("css", "lost"),
    [
        (":root { --line: light-dark(#000, #fff) }", 1),
        ("@supports (color: light-dark(#000, #fff)) { :root { --line: light-dark(#000, #fff) } }", 0),
        (":root { --line: #000; --shade: rgba(0, 0, 0, .4) }", 0),
        ("@layer base { a { color: red } }", 1),
        ("@container (min-width: 1px) { a { color: red } }", 1),
        ("a { b { color: red } }", 1),
        (".option :focus-visible { outline: 0 }", 1),
        ("@supports selector(:has(*)) { .option :focus-visible { outline: 0 } }", 0),
        (":focus:not(:focus-visible), main:focus { outline: 0 }", 0),
        ("a, b:has(c) { color: red }", 1),
        ("a:has(c), b:has(c, d) { color: red }", 0),
        ("a { padding-inline: 1em }", 1),
        ("a { padding: 0 1em; padding-inline: 1em 0 }", 0),
        ("@media print { a { border: 0; border-inline-width: 1px 0 } }", 0),
    ],
)
def test_what_an_old_browser_loses_is_recognised(css, lost):
    assert len(list(losses(css))) == lost
