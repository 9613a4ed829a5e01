"""What families type, against the whole sample site: the page they mean stands among the first."""

import csv
from pathlib import Path

import pytest

from foundation.search.actions import ask

pytestmark = [pytest.mark.databases, pytest.mark.django_db]  # or there is no database when this module runs alone
TABLE = list(csv.DictReader((Path(__file__).parent / "data" / "search_queries.csv").read_text("utf-8").splitlines()))
CRMO = [
    "CRMO",
    "CNO",
    "C.R.M.O.",
    "chronic recurent multifocal osteomylitis",
    "multi-focal osteomyelitis",
    "bone inflamation child no infection",
    "cmro",
    "osteomielitis crónica",
]
NOTHING = [
    "pizza",
    "football",
    "how to cook rice",
    "boat insurance",
    "weather tomorrow",
    "asdfgh",
    "hello",
    "my kid",
]


def found(question, language="en"):
    """Slugs of the conditions, in order."""
    groups = {str(group.label): group.hits for group in ask(question, language).groups}
    return [hit.page.url.rstrip("/").rpartition("/")[2] for hit in groups.get("Conditions", [])]


@pytest.mark.parametrize("question", CRMO)
def test_crmo_comes_first(sample, question):
    assert found(question)[0] == "crmo"
    assert str(ask(question, "en").groups[0][0]) == "Conditions"


def test_the_page_meant_is_among_the_first_three_for_at_least_95_percent(sample):
    missed = [row["query"] for row in TABLE if row["expected_slug"] not in found(row["query"])[:3]]

    assert len(TABLE) >= 60
    assert len(missed) <= len(TABLE) * 0.05, missed


@pytest.mark.parametrize("question", NOTHING)
def test_what_we_know_nothing_about_finds_nothing(sample, question):
    assert ask(question, "en").groups == []


def test_a_single_word_in_common_is_not_enough(sample):
    assert ask("covid vaccine", "en").groups == []


def test_exact_name_of_another_kind_comes_before_conditions(sample):
    assert [str(group.label) for group in ask("MRI", "en").groups][:1] == ["Words explained"]
