"""What no browser may show or stop at: boxes that are hidden in every one of them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
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
