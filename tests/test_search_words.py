"""How words and names are compared, and how a match is shown."""

from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from foundation.search import actions
from foundation.search.fold import fold, words
from foundation.search.known import HOPEFUL, NEAR, Known, known
from foundation.search.models import Entry, Miss
from foundation.search.names import SAME, closest, corrected, likeness
from foundation.search.text import excerpt, found


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("  Osteomielitis CRÓNICA! ", "osteomielitis cronica"),
        ("Still’s disease", "stills disease"),
        ("C.R.M.O.", "crmo"),
        ("non-bacterial multi focal", "nonbacterial multifocal"),
        ("X-ray, vitamin D3", "x ray vitamin d3"),
        ("straße ﬁt", "strasse fit"),
        ("\ud800 \x00 …", ""),
        ("ילד 你好", "ילד 你好"),
    ],
)
def test_folded_text_keeps_what_tells_words_apart(typed, folded):
    assert fold(typed) == folded


def test_words_that_stand_in_any_question_do_not_count():
    assert words("does my child have bone pain without an infection and no fever") == [
        "bone",
        "pain",
        "no",
        "infection",
        "fever",
    ]


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("crmo", "crmo"),
        ("osteo myelitis", "osteomyelitis"),
        ("kawasaki", "kawasaki disease"),
        ("recurrent osteomyelitis", "chronic recurrent multifocal osteomyelitis"),
        ("what can we do about perthes disease at school", "perthes disease"),
        ("osteomylitis", "osteomyelitis"),
        ("mina sample", "mira sample"),
    ],
)
def test_names_that_are_meant_are_near(question, name):
    assert likeness(question, name) >= NEAR


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("pan", "pain"),
        ("ana", "mna"),
        ("directions", "infections"),
        ("hello", "ellos"),
        ("heart disease", "perthes disease"),
        ("is it", "what is it"),
    ],
)
def test_names_that_only_look_alike_are_not_near(question, name):
    assert likeness(question, name) < NEAR


NAMES = (
    "crmo",
    "osteomyelitis",
    "chronic recurrent multifocal osteomyelitis",
    "kawasaki disease",
    "perthes disease",
    "infections",
    "bone infection",
    "fever",
    "fevers that keep coming back",
    "what is it",
    "mira sample",
    "pain",
)


@pytest.mark.parametrize(
    "question",
    [
        "crmo",
        "osteo myelitis",
        "osteomylitis",
        "osteomyelitis",
        "recurrent osteomyelitis",
        "kawasaki",
        "desease",
        "what can we do about perthes disease at school",
        "mina sample",
        "bone infections",
        "directions",
        "pan",
        "fever",
        "what is",
        "is it",
    ],
)
def test_names_found_by_their_words_are_those_that_are_alike(question):
    names = tuple((name, name.title(), place) for place, name in enumerate(NAMES))
    scores = {name.title(): likeness(question, name) for name in NAMES}
    expected = {name: score for name, score in scores.items() if score >= NEAR}
    if question == "fever":  # a long name that only begins so is not meant
        assert (expected.pop("Fevers That Keep Coming Back"), HOPEFUL) == (SAME, 60.0)

    near = closest(question, Known(names, Counter(), Counter(), {}))

    assert {names[place][1]: score for score, place in near} == pytest.approx(expected)
    assert [score for score, _place in near] == sorted(expected.values(), reverse=True)


def test_words_that_thousands_of_entries_hold_still_find(db):
    plain = [Entry(kind="test", object_id=n, language="en", folded_title="", folded_text="bone pain") for n in range(1_001)]
    Entry.objects.bulk_create([*plain, Entry(kind="test", object_id=9_999, folded_title="", folded_text="pain of zebras")])
    last = Entry.objects.get(object_id=9_999).pk

    assert known().spread["pain"] == 1_002
    assert found("pain zebras", known()) == [last]
    assert len(found("bone pain", known())) == 60
    assert found("pain xylophone quartz", known()) == []


def test_entry_stored_before_the_newest_and_committed_after_it_is_known(db):
    """Two people publish at once: the first number is drawn first, but its transaction ends last."""
    newest = Entry.objects.create(kind="test", object_id=2, language="en", folded_title="", folded_text="newest")
    before = known().entries.keys()

    late = Entry.objects.create(pk=newest.pk - 1, kind="test", object_id=1, folded_title="", folded_text="late zebra")
    Entry.objects.filter(pk=late.pk).update(changed_at=newest.changed_at - timedelta(seconds=1))

    assert late.pk not in before
    assert late.pk in known().entries
    assert found("late zebra", known()) == [late.pk]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's index is part of the table")
def test_words_of_a_removed_entry_leave_the_index_with_the_nightly_purge(db):
    def holds(word):
        with connection.cursor() as cursor:
            return any(word in block for (block,) in cursor.execute("SELECT block FROM search_text_data").fetchall())

    for number, body in enumerate(("a zebra", "an apple")):
        Entry.objects.create(kind="test", object_id=number, language="en", folded_title="", folded_text=body)
    Entry.objects.get(object_id=0).delete()
    before = holds(b"zebra")

    call_command("purge", stdout=StringIO())

    assert before
    assert not holds(b"zebra")
    assert found("apple", known())


def test_only_words_nobody_uses_are_corrected():
    used = Counter(["form", "osteomyelitis", "inflammation", "barking"])

    assert corrected("form osteomylitis parking bane 12345", used) == "form osteomyelitis parking bane 12345"


def test_excerpt_shows_the_match_in_its_surroundings():
    text = " ".join(["before"] * 40 + ["Swollen, sore <knee>."] + ["after"] * 40)

    parts = excerpt(text, fold(text), "swelling knee", 60)

    assert [part for part, matches in parts if matches] == ["knee"]
    assert parts[0][0].startswith("… before")
    assert parts[-1][0].endswith("after …")


@pytest.mark.parametrize(
    ("text", "question", "marked"),
    [
        ("Éruption, eruptions and disruption", "eruption", ["Éruption", "eruptions"]),
        ("snake_eruption, disruption", "eruption", ["snake_eruption"]),
        ("2 of 3, 30 of 2", "3", ["3", "30"]),
        ("שלום and 你好", "你好", ["你好"]),
        ("Straße, STRASSE, straight", "strasse", ["Straße", "STRASSE"]),
    ],
)
def test_excerpt_marks_words_that_begin_so_when_folded(text, question, marked):
    assert [part for part, matches in excerpt(text, fold(text), question) if matches] == marked


def test_excerpt_of_a_text_without_the_words_is_its_beginning():
    assert excerpt("One two three", "one two three", "crmo") == [("One two three", False)]


def test_entry_is_renewed_and_dropped(db):
    for title in ("First", "Second"):
        actions.store(kind="test", object_id=1, language="en", title=title, body="Body", names=["A", "a"], hidden=["Ways"])

    entry = Entry.objects.get()
    names = sorted(entry.names.values_list("folded", "text"))
    actions.drop(kind="test", object_id=1)

    assert names == [("a", "a"), ("second", "Second"), ("ways", "Second")]
    assert Entry.objects.count() == 0


@pytest.mark.parametrize("question", ["", "ab", "12345", "x" * 81])
def test_rubbish_is_not_counted(db, question):
    actions.missed(question, "en")

    assert Miss.objects.count() == 0


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("pediatric rheuma\u00adtology", "pediatric rheumatology"),
        ("osteo\u200bmye\u2060litis", "osteomyelitis"),
        ("multi\u00adfocal\u200e", "multifocal"),
        ("10⁹/L and 1½ tablets", "10 9 l and 1 1 2 tablets"),
        ("H₂O", "h2o"),
    ],
)
def test_unseen_characters_part_no_word_and_figures_are_not_joined(text, folded):
    assert fold(text) == folded
