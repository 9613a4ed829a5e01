"""A page waits for one sheet (decision 72): it styles whatever the page may show."""

import re
from pathlib import Path

import pytest

CSS, TEMPLATES = Path("static/css"), Path("templates")
# In what these templates share with others: shown with a form, places, three in a row, or on a draft, which loads two sheets.
NOT_THERE = {"home": {"unseen", "plain", "column", "i"}, "condition": {"unseen", "plain", "column", "three", "remark"}}
SHEETS = {
    "home": ["portal/home.html"],
    "condition": ["conditions/condition.html"],
    "request": [*(f"appointments/{path.name}" for path in TEMPLATES.glob("appointments/*.html")), "portal/unavailable.html"],
}


def joined(name):
    text = (CSS / name).read_text()
    return text + "".join(joined(other) for other in re.findall(r'@import "([^"]+)"', text))


def styled(name):
    return set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"\{[^{}]*\}", "{}", joined(f"{name}.css"))))


def used(name, seen):
    """The classes in a template and in all that it includes."""
    if name in seen:
        return set()
    seen.add(name)
    text = (TEMPLATES / name).read_text()
    own = {each for value in re.findall(r'class="([^"]*)"', text) for each in re.sub(r"\{%.*?%\}", " ", value).split()}
    return own.union(*(used(other, seen) for other in re.findall(r'\{% (?:include|extends) "([^"]+)"', text)))


@pytest.mark.parametrize("kind", SHEETS)
def test_sheet_of_a_page_knows_every_class_that_some_sheet_knows(kind):
    anywhere = set().union(*(styled(name) for name in ["home", "condition", "pages", "article", "request"]))
    seen = set()
    classes = set().union(*(used(name, seen) for name in SHEETS[kind]))

    assert (classes & anywhere) - styled(kind) - NOT_THERE.get(kind, set()) == set()
