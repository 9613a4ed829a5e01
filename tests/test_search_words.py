"""How words and names are compared, and how a match is shown."""

import csv
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from foundation.search import actions, entries
from foundation.search.danger import is_danger
from foundation.search.entries import SearchCode, SearchEntry
from foundation.search.everyday import meanings
from foundation.search.fold import fold, words
from foundation.search.models import Entry, Miss
from foundation.search.startup import rebuild_after_upgrade
from foundation.search.text import excerpt, find_entries
from foundation.search.word_index import IndexedEntry, IndexedName, Memory, WordIndex
from news.models import NewsItem
from tests import factories


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
        ("慢性骨髓炎CRMO 骨", "慢性 性骨 骨髓 髓炎 crmo 骨"),
        ("TNF-α, IFNγ, αβγ, 5 µg", "tnf alpha ifn gamma αβγ 5 μg"),
        ("٣ أيام, ۴ و १२", "3 ايام 4 و 12"),
    ],
)
def test_folded_text_keeps_what_tells_words_apart(typed, folded):
    assert fold(typed) == folded


def test_danger_is_known_by_its_words_however_they_are_spelt():
    rows = csv.DictReader(
        (Path(__file__).parent / "data" / "danger_queries.tsv").read_text("utf-8").splitlines(), delimiter="\t"
    )
    wrong = [row["query"] for row in rows if is_danger(fold(row["query"])) != (row["danger"] == "yes")]

    assert rows.line_num > 40
    assert wrong == []


def test_everyday_words_stand_for_ours_and_phrases_are_taken_whole():
    assert meanings(fold("¿Cómo llegar con dolor de barriga?")) == [
        ("address", "directions"),
        ("dolor", "pain", "hurt", "ache"),
        ("barriga", "belly", "stomach", "abdominal"),
    ]


def test_words_that_stand_in_any_question_do_not_count():
    assert words("does my child have bone pain without an infection and no fever") == [
        "bone",
        "pain",
        "no",
        "infection",
        "fever",
    ]
    assert words("a") == words("what is it about") == []
    assert words("refuses to walk") == words("no walk")


def test_letter_at_the_end_of_a_name_counts():
    index = indexed("hepatitis a and travel", "hepatitis b")

    assert words("vitamin a") == ["vitamin", "a"]
    assert index.closest("hepatitis a")[0].name.folded == "hepatitis a and travel"
    assert index.closest("hepatitis b")[0].name.folded == "hepatitis b"


def indexed(*names, body=""):
    """An index of entries with one name each; `body` is the text of all."""
    rows = [(IndexedName(pk, fold(name), name, tuple(words(fold(name)))),) for pk, name in enumerate(names)]
    return WordIndex().replace(
        (), [IndexedEntry(pk, "test", pk, "en", row, tuple(body.split())) for pk, row in enumerate(rows)]
    )


def near(question, *names):
    return [match.name.folded for match in indexed(*names).closest(question)]


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
    assert near(question, name) == [name]


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("pan", "pain"),
        ("ana", "mna"),
        ("directions", "infections"),
        ("hello", "ellos"),
        ("heart disease", "perthes disease"),
        ("measles", "muscles"),
        ("is it", "what is it"),
        ("fever", "fevers that keep coming back"),
    ],
)
def test_names_that_only_look_alike_are_not_near(question, name):
    assert near(question, name) == []


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("crmo", [("crmo", 100)]),
        ("osteo myelitis", [("osteomyelitis", 99)]),
        ("osteomyelitis", [("osteomyelitis", 100), ("chronic recurrent multifocal osteomyelitis", 89.3)]),
        ("recurrent osteomyelitis", [("chronic recurrent multifocal osteomyelitis", 92.3), ("osteomyelitis", 90.6)]),
        ("kawasaki", [("kawasaki disease", 96)]),
        ("what is", [("what is it", 96)]),
        ("bone infections", [("bone infection", 95), ("infections", 92.9)]),
    ],
)
def test_nearest_names_come_first_and_say_how_near_they_are(question, found):
    names = ("crmo", "osteomyelitis", "chronic recurrent multifocal osteomyelitis", "kawasaki disease", "perthes disease")
    index = indexed(*names, "infections", "bone infection", "what is it", "mira sample", "pain")

    matches = index.closest(question)

    assert [(match.name.folded, round(match.score, 1)) for match in matches] == found


def test_of_an_entry_the_nearest_name_counts(db):
    entries.store("test", {1: [SearchEntry("en", "Osteomyelitis", "", names=["Bone infection", "CNO"])]})

    [match] = Memory().index().closest("bone infections")

    assert (match.name.shown, match.entry) == ("Bone infection", Entry.objects.get().pk)


def test_words_that_thousands_of_entries_hold_still_find(db):
    plain = [Entry(kind="test", object_id=n, language="en", folded_title="", folded_text="bone pain") for n in range(1_001)]
    Entry.objects.bulk_create([*plain, Entry(kind="test", object_id=9_999, folded_title="", folded_text="pain of zebras")])
    last = Entry.objects.get(object_id=9_999).pk

    index = Memory().index()
    assert index.spread["pain"] == 1_002
    assert list(find_entries("pain zebras", index)) == [last]
    assert len(find_entries("bone pain", index)) == 60
    assert find_entries("pain xylophone quartz", index) == {}


def test_entry_stored_before_the_newest_and_committed_after_it_is_known(db):
    """Two people publish at once: the first number is drawn first, but its transaction ends last."""
    newest = Entry.objects.create(kind="test", object_id=2, language="en", folded_title="", folded_text="newest")
    memory = Memory()
    before = memory.index().entries.keys()

    late = Entry.objects.create(pk=newest.pk - 1, kind="test", object_id=1, folded_title="", folded_text="late zebra")
    Entry.objects.filter(pk=late.pk).update(changed_at=newest.changed_at - timedelta(seconds=1))

    assert late.pk not in before
    assert late.pk in memory.index().entries
    assert list(find_entries("late zebra", memory.index())) == [late.pk]


def test_after_a_change_only_what_changed_is_read(db, django_assert_num_queries):
    rows = {number: [SearchEntry("en", f"Name {number}", f"zebra word{number}")] for number in range(5)}
    entries.store("test", rows)
    memory = Memory()
    first = memory.index()

    entries.store("test", rows | {3: [SearchEntry("en", "Another", "apple")]})
    entries.drop("test", [4])
    with django_assert_num_queries(4):  # the stamp, what is stored, the names and texts that changed
        index = memory.index()
    with django_assert_num_queries(1):
        assert memory.index() is index

    ids = dict(Entry.objects.values_list("object_id", "pk"))
    assert {pk for pk in ids.values() if index.entries[pk] is not first.entries[pk]} == {ids[3]}
    assert (index.spread["zebra"], index.spread["apple"], "word4" in index.vocabulary) == (3, 1, False)
    assert [match.entry for match in index.closest("another")] == [ids[3]]
    assert "4" not in index.holders


def test_entry_that_is_stored_as_it_was_is_not_changed(db):
    entry = SearchEntry("en", "Name", "Body", names=["Other"])
    entries.store("test", {1: [entry]})
    before = Entry.objects.values_list("pk", "changed_at").get()

    entries.store("test", {1: [entry]})

    assert Entry.objects.values_list("pk", "changed_at").get() == before


def test_search_is_rebuilt_in_bulk(db, django_assert_max_num_queries):
    for number in range(30):
        factories.news(f"item-{number}")
    kept = Entry.objects.get(kind="news", object_id=NewsItem.objects.get(slug="item-0").pk)
    Entry.objects.exclude(pk=kept.pk).delete()
    Entry.objects.create(kind="news", object_id=0, language="en", folded_title="", folded_text="")
    Entry.objects.create(kind="nothing", object_id=1, language="en", folded_title="", folded_text="")

    with django_assert_max_num_queries(60):
        call_command("rebuild_search", stdout=StringIO())

    assert set(Entry.objects.values_list("object_id", flat=True)) == set(NewsItem.objects.values_list("pk", flat=True))
    assert Entry.objects.get(pk=kept.pk).changed_at == kept.changed_at


def test_upgrade_brings_the_search_in_step(db):
    factories.news("item")
    Entry.objects.all().delete()

    rebuild_after_upgrade(plan=[])
    before = Entry.objects.count()
    rebuild_after_upgrade(plan=["a migration"])

    assert (before, Entry.objects.count()) == (0, 1)


def test_entry_goes_with_its_object(db):
    item = factories.news("item")
    item.delete()

    assert Entry.objects.count() == 0


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
    assert find_entries("apple", Memory().index())


def test_only_what_is_no_word_and_nobody_uses_is_corrected():
    index = indexed("Name", body="form osteomyelitis inflammation meses parkin vacunas")

    typed = "form osteomylitis measles parking bane 12345 vacuna metotrexato"
    assert index.correct(typed) == typed.replace("osteomylitis", "osteomyelitis")


def test_code_is_found_with_all_below_it_and_only_as_it_is_typed(db):
    branch, other = SearchCode("ICD-10-CM M86.3", ["M86.3"], is_branch=True), SearchCode("ORPHA 793", ["ORPHA 793"])
    entries.store(
        "test", {1: [SearchEntry("en", "One", "", codes=[branch])], 2: [SearchEntry("en", "Two", "", codes=[other])]}
    )
    index = Memory().index()

    def found(question):
        matches, rest = index.find_codes(fold(question))
        return [match.name.shown for match in matches], rest

    assert found("M86.361 outlook") == (["ICD-10-CM M86.3"], "outlook")
    assert found("icd 10 m86.3") == (["ICD-10-CM M86.3"], "icd 10")
    assert found("M86") == (["ICD-10-CM M86.3"], "m86")
    assert found("orpha:793") == (["ORPHA 793"], "")
    assert [found(question)[0] for question in ("M86.4", "M8", "793", "orpha 7931", "orpha 794")] == [[]] * 5


def test_words_that_no_entry_holds_do_not_block_the_others_where_a_name_has_these(db):
    entries.store(
        "test", {1: [SearchEntry("en", "TNF inhibitor", "A medicine")], 2: [SearchEntry("en", "Arthritis", "Ask about TNF")]}
    )
    index = Memory().index()

    def found(question):
        return [index.entries[pk].object_id for pk in find_entries(question, index)]

    assert found("tnf infusion") == [1]
    assert found("medicine infusion") == []
    assert found("tnf inhibitor medicine infusion") == [1]
    assert found("medicines") == [1]
    assert found("medicine and i") == found("medicine a") == [1]


def test_excerpt_shows_the_match_in_its_surroundings():
    text = " ".join(["before"] * 40 + ["Swollen, sore <knee>."] + ["after"] * 40)

    parts = excerpt(text, fold(text), "swelling knee", 60)

    assert [part for part, matches in parts if matches] == ["Swollen", "knee"]
    assert parts[0][0].startswith("… before")
    assert parts[-1][0].endswith("after …")


def test_excerpt_stands_where_most_of_the_words_are():
    text = " ".join(
        ["Both legs ache."] + ["between"] * 40 + ["Call us if your child cannot put weight on a leg."] + ["after"] * 40
    )

    parts = excerpt(text, fold(text), "wont put weight on leg", 90)

    assert [part for part, matches in parts if matches] == ["put", "weight", "leg"]


@pytest.mark.parametrize(
    ("text", "question", "marked"),
    [
        ("Éruption, eruptions and disruption", "eruption", ["Éruption", "eruptions"]),
        ("snake_eruption, disruption", "eruption", ["snake_eruption"]),
        ("2 of 3, 30 of 2", "3", ["3"]),
        ("And a day, vitamin D", "vitamin d", ["vitamin", "D"]),
        ("And a day, vitamin A", "vitamin a", ["vitamin"]),
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
        entries.store("test", {1: [SearchEntry("en", title, "Body", names=["A", "a"], hidden=["Ways"])]})

    entry = Entry.objects.get()
    names = sorted(entry.names.values_list("folded", "text"))
    entries.drop("test", [1])

    assert names == [("a", "a"), ("second", "Second"), ("ways", "Second")]
    assert Entry.objects.count() == 0


@pytest.mark.parametrize("question", ["", "ab", "12345", "x" * 81])
def test_rubbish_is_not_counted(db, question):
    actions.count_miss(question, "en")

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
