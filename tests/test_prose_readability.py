"""Counting words, sentences and syllables, and the formulas over them."""

import csv
from pathlib import Path

import pytest

from foundation.prose.personal_details import details
from foundation.prose.readability import OVERRIDES, Block, Counts, Phrases, blocks, by_rule, count, sentences, syllables

DATA = Path(__file__).resolve().parent / "data"


def rows(name):
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def counted(text, names=()):
    return count([Block("p", text)], Phrases(names))


# --- syllables ----------------------------------------------------------------------------------------------------------


def test_syllable_list_is_large_and_medical_enough():
    words = rows("syllables.csv")

    assert len({row["word"] for row in words}) == 2000
    assert sum(row["kind"] == "medical" for row in words) >= 300


def test_syllables_are_right_for_nine_words_in_ten_by_the_rules_alone():
    words = rows("syllables.csv")

    right = sum(by_rule(row["word"]) == int(row["syllables"]) for row in words)

    assert right >= 0.9 * len(words)


def test_syllables_miss_only_the_listed_words():
    found = [
        {"word": row["word"], "syllables": row["syllables"], "counted": str(syllables(row["word"]))}
        for row in rows("syllables.csv")
        if syllables(row["word"]) != int(row["syllables"])
    ]

    assert found == rows("syllable_misses.csv")


def test_overrides_hold_only_words_the_rules_get_wrong():
    needless = [word for word, said in OVERRIDES.items() if by_rule(word) == said]

    assert needless == []
    assert len(OVERRIDES) >= 100


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("osteomyelitis", 7),
        ("Nonbacterial", 5),
        ("methotrexate", 4),
        ("bisphosphonate", 4),
        ("inflammatory", 5),
        ("sacroiliitis", 6),
        ("MRI", 3),
        ("MRIs", 3),
        ("CRMO", 4),
        ("NSAID", 2),
        ("follow-up", 3),
        ("child’s", 1),
        ("37.5", 1),
        ("the", 1),
        ("hmm", 1),
    ],
)
def test_syllables_of_one_word(word, said):
    assert syllables(word) == said


@pytest.mark.parametrize(
    ("word", "said"),
    [
        *(("hueso", 2), ("infección", 3), ("inflamación", 4), ("articulación", 5), ("enfermedad", 4), ("quiere", 2)),
        *(("guía", 2), ("pingüino", 3), ("día", 2), ("hoy", 1), ("rey", 1), ("ayuda", 3), ("país", 2), ("ciudad", 2)),
        *(("cuídelo", 3), ("metotrexato", 5), ("osteomielitis", 6), ("médico", 3), ("MRI", 5), ("y", 1), ("911", 1)),
    ],
)
def test_syllables_of_a_spanish_word(word, said):
    assert syllables(word, "es") == said


# --- sentences ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Call us. We help.", ["Call us.", "We help."]),
        ("Dr. Sample sees you. Mrs. Demo calls.", ["Dr. Sample sees you.", "Mrs. Demo calls."]),
        ("Bring a toy, e.g. a bear. Wait here.", ["Bring a toy, e.g. a bear.", "Wait here."]),
        ("Some things, i.e. Pain, stop.", ["Some things, i.e. Pain, stop."]),
        ("Give 2.5 mL at 8 a.m. and rest.", ["Give 2.5 mL at 8 a.m. and rest."]),
        ("We open at 8 a.m. Call then.", ["We open at 8 a.m.", "Call then."]),
        ("Is it bad? No. It heals!", ["Is it bad?", "No.", "It heals!"]),
        ("See No. 5 below.", ["See No. 5 below."]),
        ("M. Demo takes vitamin D. Ask us.", ["M. Demo takes vitamin D.", "Ask us."]),
        ("“Why me?” she asked. “Nobody knows.” We wait.", ["“Why me?” she asked.", "“Nobody knows.”", "We wait."]),
        ("Wait… Then go.", ["Wait…", "Then go."]),
        ("no full stop", ["no full stop"]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_pauses(text, expected):
    assert sentences(text) == expected


# --- hand-counted passages ----------------------------------------------------------------------------------------------

PASSAGES = [  # text, sentences, words, syllables, words of three syllables or more: counted by hand
    ("The cat sat. The dog ran.", 2, 6, 6, 0),
    ("Your child has a sore bone.", 1, 6, 6, 0),
    ("Call us today. We will listen.", 2, 6, 8, 0),
    ("The medicine helps most children.", 1, 5, 8, 1),
    ("Dr. Demo will see your child at 9 a.m. on Monday.", 1, 11, 15, 0),
    ("Inflammation makes the bone swell. It can hurt at night.", 2, 10, 13, 1),
    ("An MRI shows pictures of the bone. It does not hurt.", 2, 11, 14, 1),
    ("Rest. Drink water. Sleep well.", 3, 5, 6, 0),
    ("A fever of 38.5 is a reason to call. Do not wait until morning.", 2, 14, 18, 0),
    ("Physical therapy keeps joints moving.", 1, 5, 10, 2),
    ("Some children feel better after a month, and others need two years of treatment.", 1, 14, 19, 0),
    ("Ask for help at school. A teacher can save a seat near the door. Friends can carry the bag.", 3, 19, 21, 0),
    ("The doctor looks at the hip, the knee and the foot; then she talks with you.", 1, 16, 17, 0),
    ("Osteomyelitis is an inflammation of bone.", 1, 6, 15, 2),
]


@pytest.mark.parametrize(("text", "ended", "words", "said", "hard"), PASSAGES, ids=[p[0][:20] for p in PASSAGES])
def test_passage_is_counted_as_by_hand(text, ended, words, said, hard):
    found, _unnamed = counted(text)

    assert (found.sentences, found.words, found.syllables, found.hard) == (ended, words, said, hard)
    assert found.grade == pytest.approx(0.39 * words / ended + 11.8 * said / words - 15.59, abs=1e-9)
    assert found.smog is None


def test_formulas_give_the_published_figures():
    text = Counts(sentences=10, words=100, syllables=150, hard=12)

    assert text.grade == pytest.approx(6.01)
    assert text.inflesz == pytest.approx(103.385)
    assert text.fernandez_huerta == pytest.approx(106.64)
    assert text.smog is None


def test_smog_starts_at_thirty_sentences():
    assert Counts(sentences=30, words=300, syllables=400, hard=36).smog == pytest.approx(9.3871)
    assert Counts(sentences=29, words=300, syllables=400, hard=36).smog is None


def test_figures_of_no_text_are_unknown():
    found, unnamed = count([], Phrases())

    assert [found.grade, found.smog, found.inflesz, found.fernandez_huerta] == [None] * 4
    assert unnamed == Counts()


# --- names apart --------------------------------------------------------------------------------------------------------


def test_names_are_counted_apart():
    names = ["Chronic recurrent multifocal osteomyelitis", "Osteomyelitis", "CRMO"]

    whole, unnamed = counted("Chronic recurrent multifocal osteomyelitis is rare. CRMO can hurt.", names)

    assert (whole.sentences, whole.words, whole.syllables) == (2, 9, 24)
    assert (unnamed.sentences, unnamed.words, unnamed.syllables, unnamed.hard) == (2, 4, 4, 0)


def test_text_of_names_alone_has_no_grade_without_them():
    whole, unnamed = counted("Osteomyelitis.", ["osteomyelitis"])

    assert whole.grade is not None
    assert unnamed.grade is None


def test_phrases_find_the_longest_and_a_plural():
    found = Phrases(["lymph", "lymph node"]).find(["Two", "Lymph", "nodes", "and", "lymph"])

    assert list(found) == [(1, 3, "lymph node"), (4, 5, "lymph")]


# --- blocks -------------------------------------------------------------------------------------------------------------


def test_blocks_keep_their_kind_and_links():
    html = (
        "<h3>Signs</h3><p>One &amp; <strong>two</strong>.<br>Three</p><ul><li><p>Pain</p><ul><li>at night</li></ul></li></ul>"
        '<blockquote><p>Said</p></blockquote><p>See <a href="/x">the <em>list</em></a>.</p>stray'
    )

    found = [(block.tag, block.text, block.links) for block in blocks(html)]

    assert found == [
        ("h3", "Signs", []),
        ("p", "One & two. Three", []),
        ("li", "Pain", []),
        ("li", "at night", []),
        ("p", "Said", []),
        ("p", "See the list.", ["the list"]),
        ("p", "stray", []),
    ]


@pytest.mark.parametrize("html", ["<p><a>", "</p></li></a>", "<ul><li><p><h4>", "<p>&#x110000; &bad; <", "<a>x</a>"])
def test_blocks_survive_broken_html(html):
    assert isinstance(blocks(html), list)


def test_headings_and_fragments_are_not_counted():
    html = "<h3>A heading of words</h3><ul><li>Pain at night</li><li>She cannot stand</li><li>Wakes at night.</li></ul><p>Well done.</p>"

    found, _unnamed = count(blocks(html), Phrases())

    assert (found.sentences, found.words) == (3, 8)


# --- personal details ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("Then Maya Sample laughed.", "surname", "Maya Sample"),
        ("It began on March 3, 2024 at home.", "date", "March 3, 2024"),
        ("It began on 3 March 2024.", "date", "3 March 2024"),
        ("Empezó el 3 de marzo de 2024.", "date", "3 de marzo de 2024"),
        ("Born 2016-04-03.", "date", "2016-04-03"),
        ("On 4/3/2016 we knew.", "date", "4/3/2016"),
        ("At Maple Grove Elementary School they help.", "school", "Maple Grove Elementary School"),
        ("Va a la Escuela Benito Demo con él.", "school", "Escuela Benito Demo"),
        ("We live at 12 Sample Street now.", "street", "12 Sample Street"),
        ("Vive en la Calle Mayor 12.", "street", "Calle Mayor 12"),
        ("Call (212) 555-0123 for me.", "phone", "(212) 555-0123"),
        ("Call 212 555 0123 for me.", "phone", "212 555 0123"),
        ("Write to maya@example.org.", "email", "maya@example.org"),
    ],
)
def test_personal_details_are_found(text, kind, words):
    assert (kind, words) in list(details(text, "Maya"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Maya laughed. She went back to school in May, aged 8 to 10.", "Maya"),
        ("It was M. She may swim 25 laps, 2 or 3 times.", "M."),
        ("In the spring of 2024, 3 of 100 children had it.", "Maya"),
        ("Tomaya Grows", "Maya"),
    ],
)
def test_personal_details_are_not_seen_where_there_are_none(text, name):
    assert list(details(text, name)) == []
