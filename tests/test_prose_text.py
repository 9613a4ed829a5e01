"""Long text: cleaned on every way into the database, rebuilt on every way out."""

import pytest
from django.core.exceptions import ValidationError

from conditions.models import Section
from directory.models import Department
from foundation.prose.text import Explainer, Term, clean, first_sentence, from_markdown, plain, safe_html, to_markdown
from tests import factories

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">a</a>',
    '<a href="JaVaScRiPt:alert(1)">a</a>',
    '<a href="java\tscript:alert(1)">a</a>',
    '<a href="data:text/html,<script>alert(1)</script>">a</a>',
    '<a href="//evil.example/">a</a>',
    '<a href="/\\evil.example/">a</a>',
    '<p onclick="alert(1)">a</p>',
    '<p style="background:url(//evil.example)">a</p>',
    "<svg onload=alert(1)></svg>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    '<iframe src="https://evil.example"></iframe>',
    "<style>p{}</style>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    '<form action="https://evil.example"><input name=q></form>',
    "<p>\x00<script\x00>alert(1)</script></p>",
    '<base href="https://evil.example/">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    "<!--><script>alert(1)</script>-->",
]
FORBIDDEN = (
    "<script",
    "<img",
    "<svg",
    "<iframe",
    "<style",
    "<form",
    "<base",
    "<meta",
    "<math",
    "onerror=",
    "onclick=",
    "style=",
)


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_hostile_survives_cleaning_or_showing(html):
    for result in (clean(html), safe_html(html), safe_html(clean(html))):
        low = result.lower()
        assert not any(word in low for word in FORBIDDEN)
        assert "javascript:" not in low
        assert 'href="//' not in low
        assert 'href="/\\' not in low
        assert 'href="data:' not in low


@pytest.mark.parametrize("html", HOSTILE)
def test_cleaning_twice_changes_nothing(html):
    assert clean(clean(html)) == clean(html)


def _save(html):
    row = factories.department(text=html)
    return row.pk


def _update(html):
    row = factories.department(text="<p>before</p>")
    Department.objects.filter(pk=row.pk).update(text=html)
    return row.pk


def _bulk(html):
    values = {"slug": "bulk", "kind": "service", "name": "Bulk", "summary": "s", "phone": "1"}
    return Department.objects.bulk_create([Department(text=html, **values)])[0].pk


def _bulk_update(html):
    row = factories.department(text="<p>before</p>")
    row.text = html
    Department.objects.bulk_update([row], ["text"])
    return row.pk


@pytest.mark.parametrize("write", [_save, _update, _bulk, _bulk_update])
def test_every_way_into_the_database_cleans(db, write):
    pk = write('<p onclick="x()">Good <b>words</b></p><script>alert(1)</script>')

    stored = Department.objects.values_list("text", flat=True).get(pk=pk)
    assert "script" not in stored
    assert "onclick" not in stored
    assert "Good" in stored


def test_saving_leaves_the_object_as_the_row(db):
    section = factories.draft().sections.get()
    section.body = "<p>Fine</p><script>x</script>"

    section.save()

    assert section.body == Section.objects.get().body == "<p>Fine</p>"


def test_text_of_nothing_but_markup_counts_as_empty(db):
    section = factories.draft().sections.get()
    section.body = "<p></p>"

    with pytest.raises(ValidationError):
        section.full_clean()
    section.save()
    assert section.body == ""


@pytest.mark.parametrize(
    "href", ["https://example.org/a?b=1&c=2", "tel:2125550142", "mailto:a@example.org", "/conditions/crmo/", "#symptoms"]
)
def test_good_links_are_kept(href):
    html = clean(f'<p><a href="{href}">a</a></p>')

    assert plain(html) == "a"
    assert html.count("href=") == 1
    assert safe_html(html) == html


def test_plain_is_the_words_on_one_line():
    assert plain("<h3>Head</h3><p>One &amp; two<br>three</p><ul><li>four</li></ul>") == "Head: One & two three four"


@pytest.mark.parametrize(
    "source", ["A **strong** word.", "- one\n- two", "1. one\n2. two", "### Head\n\nText.", "[call](tel:911)", "a * b < c & d"]
)
def test_markdown_comes_back_as_the_same_text(source):
    html = from_markdown(source)

    assert from_markdown(to_markdown(html)) == html


def test_term_is_explained_once_where_it_first_appears():
    bone = Term("Bone", "The hard part.", ("bone", "bones"), slug="bone")
    explain = Explainer([bone, Term("Joint", "Where bones meet.", ("joint",), slug="joint")])

    first = explain("<p>Sore bones and a bone.</p><p>More bone.</p>")
    second = explain("<p>Bone again.</p>")

    assert first == '<p>Sore <a class="w" href="#w-bone" id="t-bone">bones</a> and a bone.</p><p>More bone.</p>'
    assert second == "<p>Bone again.</p>"
    assert explain.used == [bone]


@pytest.mark.parametrize("sentence", ["A bone sample (biopsy).", "A biopsy (a bone sample) helps."])
def test_word_that_its_sentence_explains_is_linked_where_it_stands_alone(sentence):
    explain = Explainer([Term("Biopsy", "A tiny piece.", ("biopsy",), slug="biopsy")])

    html = explain(f"<p>{sentence}</p><p>The biopsy is short.</p>")

    assert html.startswith(f"<p>{sentence}</p>")
    assert 'The <a class="w" href="#w-biopsy" id="t-biopsy">biopsy</a> is short.' in html


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("<p>It began. Then more.</p>", "It began."),
        ("<p>Dr. A. Example said: wait! We did.</p>", "Dr. A. Example said: wait!"),
        ("<p>“It hurts.” She cried.</p>", "“It hurts.”"),
        ("<p>At 5.5 miles it hurt</p>", "At 5.5 miles it hurt"),
        ("", ""),
    ],
)
def test_first_sentence_ends_where_a_reader_ends_it(text, first):
    assert first_sentence(text) == first


def test_line_breaks_are_shown():
    assert safe_html("<p>2<br><br>50 mg</p>") == "<p>2<br><br>50 mg</p>"


def test_headings_right_under_the_title_go_one_level_up():
    assert safe_html("<h3>One</h3><p>a</p><h4>Two</h4>", under_title=True) == "<h2>One</h2><p>a</p><h3>Two</h3>"


SPECIAL = "İıßẞſKÅµμΐΐσςΣﬁﬀŉǰẖΰʼnÇꭰᏰ"  # letters with several small or large forms, or with none of one letter


@pytest.mark.parametrize("letter", SPECIAL)
def test_terms_with_special_letters_are_found_and_shown_as_typed(letter):
    forms = tuple(f"m{form}r" for form in {letter, letter.lower(), letter.upper(), letter.casefold(), "i", "k", "s", "ss"})
    explain = Explainer([Term("MRI", "A picture.", ("MRI", "mri", *forms))])

    for word in (f"m{letter}r", f"M{letter}R", f"MR{letter}", f"m{letter.upper()}r", f"m{letter.casefold()}r"):
        assert word in explain(f"<p>whole-body {word}</p>")


def test_page_with_a_dotted_letter_beside_a_term_is_shown(client, db):
    factories.term("mri", term="MRI", definition="A picture.")
    edition = factories.draft()
    edition.sections.update(body="<p>A whole-body MRİ helps.</p>")
    factories.publish(edition)

    page = client.get("/conditions/crmo/")

    assert page.status_code == 200
    assert "MRİ" in page.content.decode()


def test_term_with_a_sharp_s_is_explained():
    assert ">Straße</a>" in Explainer([Term("Straße", "A way.", ("Straße",))])("<p>Straße</p>")
