"""Word files: every word and number that Word shows is in the draft, and what is not is said by name and place."""

import io
import zipfile

import pytest
from django.conf import settings as site
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from conditions import actions, word_drafts
from conditions.models import Edition, Section
from foundation.pictures.models import LibraryPicture
from foundation.prose.foreign import SENTENCES, Lost, convert
from foundation.prose.word.document import read
from tests import factories
from tests.clients import Client
from tests.word_files import NUMBERING, docx, field, h, item, p, r, table, x, zipped

READ = [  # one paragraph or more, and what is right
    (p(r("Give 5"), x("<w:noBreakHyphen/>"), r("10 mg")), "<p>Give 5\u201110 mg</p>"),
    (p(r("2"), x("<w:cr/>"), r("50 mg"), x("<w:ptab/>"), r("daily"), x("<w:tab/>"), r("x")), "<p>2<br>50 mg daily x</p>"),
    (p(r("Dose: "), field("FORMTEXT", "10 mg")), "<p>Dose: 10 mg</p>"),
    (p(f'<w:fldSimple w:instr=" REF dose ">{r("10 mg")}</w:fldSimple>'), "<p>10 mg</p>"),
    (
        p(
            '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="5 mg"/>'
            '<w:listEntry w:val="50 mg"/></w:ddList></w:ffData></w:fldChar></w:r>',
            x("<w:instrText>FORMDROPDOWN</w:instrText>"),
            x('<w:fldChar w:fldCharType="end"/>'),
        ),
        "<p>50 mg</p>",
    ),
    (
        p(r("at "), x('<w:sym w:font="Symbol" w:char="F0B3"/>'), r("2 "), x('<w:sym w:font="Odd" w:char="F041"/>')),
        "<p>at ≥2 [?]</p>",
    ),
    (p(r("5 "), r("m", '<w:rFonts w:ascii="Symbol"/>'), r("g")), "<p>5 μg</p>"),
    (p(r("5 mg "), r("not 50 mg", "<w:vanish/>"), r("50", "<w:strike/>"), r("daily")), "<p>5 mg daily</p>"),
    (
        p(r("Give "), f"<w:del>{x('<w:delText>50</w:delText>')}</w:del>", f"<w:ins>{r('5')}</w:ins>", r(" mg")),
        "<p>Give 5 mg</p>",
    ),
    (p(r("Give 5"), own="<w:rPr><w:del/></w:rPr>") + p(r("0 mg")), "<p>Give 50 mg</p>"),
    (
        p(r("10"), r("9", '<w:vertAlign w:val="superscript"/>'), r("/L H"), r("2", '<w:position w:val="-6"/>')),
        "<p>10⁹/L H₂</p>",
    ),
    (p(r("a", "<w:b/>"), r("b", '<w:b w:val="0"/>'), r("c", "<w:i/>")), "<p><strong>a</strong>b<em>c</em></p>"),
    (
        p(
            f"<m:oMath><m:f><m:num>{'<m:r><m:t>1</m:t></m:r>'}</m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath>",
            r("mg"),
        ),
        "<p>1/2 mg</p>",
    ),
    (
        table([p(r("Age")), p(r("Dose"))], [p(r("2")), p(r("50 mg"))], header=True),
        "<table><tr><th>Age</th><th>Dose</th></tr><tr><td>2</td><td>50 mg</td></tr></table>",
    ),
    (
        item("a") + item("b") + p(r("between")) + item("c") + item("d", "4") + item("e", "2") + item("f", "3"),
        '<ol><li>a</li><li>b</li></ol><p>between</p><ol start="3"><li>c</li></ol><ol start="7"><li>d</li></ol><ul><li>e</li></ul><p>a) f</p>',
    ),
    (p(field('HYPERLINK "https://example.org/"', "here")), '<p><a href="https://example.org/">here</a></p>'),
    (p(r("Text"), x('<w:footnoteReference w:id="2"/>')), "<p>Text[1]</p><p>[1] At most 4 g</p>"),
    (f"<w:sdt><w:sdtContent>{p(r('in a control'))}</w:sdtContent></w:sdt>", "<p>in a control</p>"),
    (p(field("TOC", "Treatment 3")) + p(r("a")), "<p>a</p>"),
]


def text_of(body):
    return read(docx(body, numbering=NUMBERING, footnotes=f'<w:footnote w:id="2">{p(r("At most 4 g"))}</w:footnote>'))


@pytest.mark.parametrize(("body", "right"), READ)
def test_all_that_word_shows_is_read(body, right):
    assert convert("".join(piece.html for piece in text_of(body).pieces)).html == right


def test_what_is_lost_is_named_with_its_place():
    found = text_of(
        p(r("Dose: "), field("FORMTEXT", "10 mg"))
        + p(r("at "), x('<w:sym w:font="Symbol" w:char="F0B3"/>'))
        + p(r("Text"), x('<w:footnoteReference w:id="2"/>'))
        + p(field("TOC", "Treatment 3"))
        + p(r("Chart "), x("<w:object/>"))
    )

    assert [(loss.why, loss.what, loss.near) for loss in found.lost] == [
        ("field", "10 mg", "Dose: 10 mg"),
        ("sign", "≥", "at ≥"),
        ("footnote", "At most 4 g", "Text[1]"),
        ("contents", "Treatment 3", "Text[1]"),
        ("drawing", "", "Chart"),
    ]


BOMB = {"_rels/.rels": "<a/>", "word/document.xml": b" " * 31_000_000}
ENTITIES = b'<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unreadable"),
        (b"PK\x03\x04 broken", "unreadable"),
        (b"\xd0\xcf\x11\xe0 an old file", "old"),
        (zipped({"a.txt": "no Word file"}), "unreadable"),
        (zipped(BOMB), "too_large"),
        (zipped({"word/document.xml": ENTITIES}), "unreadable"),
        (zipped({"word/document.xml": "<a>" * 10}), "unreadable"),
        (docx("<w:sdt>" * 5000 + "</w:sdt>" * 5000), "too_deep"),
        (docx(p(r("word " * 300_000))), "too_long"),
    ],
)
def test_bad_files_are_refused_with_a_sentence(content, code):
    with pytest.raises(ValidationError) as refused:
        read(content)

    assert refused.value.code == code


def test_every_loss_has_a_sentence():
    assert set(SENTENCES) == set(Lost)


WHOLE = (
    p(r("Before, for "), field("FORMTEXT", "10 mg"), r("."))
    + h("What are the symptoms?")
    + p(r("Pain."), x('<w:commentReference w:id="5"/>'))
    + h("More", 2)
    + p(r("2"))
    + h("Treatment")
    + table([p(r("2")), p(r("50 mg"))])
    + p(r("Give "), r("50", "<w:strike/>"), r("5 mg"), x('<w:drawing><a:blip xmlns:a="a" r:embed="pic"/></w:drawing>'))
    + h("A heading of its own")
    + p(r("Words."))
)


ASKS = "Choose it in its section, and say what it tells somebody who cannot see it."


def whole_file():
    picture = (site.BASE_DIR / "sample/stories/pool.webp").read_bytes()
    link = '<Relationship Id="pic" Type="x/image" Target="pool.webp"/>'
    comment = f'<w:comment w:id="5" w:author="Dr. Example">{p(r("Is this right?"))}</w:comment>'
    held = io.BytesIO(docx(WHOLE, links=link, comments=comment))
    with zipfile.ZipFile(held, "a") as archive:
        archive.writestr("word/pool.webp", picture)
    return held.getvalue()


def test_word_file_becomes_a_draft_with_what_to_check(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    edition = factories.live("crmo")
    client, person = Client(), factories.staff("ed", "view_edition", "add_edition", "change_edition")
    client.force_login(person)
    sent = {"condition": edition.condition_id, "language": "en", "word": ContentFile(whole_file(), "crmo.docx")}

    answer = client.post("/admin/conditions/edition/add/", sent)

    draft = Edition.objects.open().get()
    assert answer.headers["Location"] == f"/admin/conditions/edition/{draft.pk}/change/"
    assert (draft.summary, draft.sources.count()) == (edition.summary, edition.sources.count())
    assert list(draft.sections.values_list("kind", "heading", "body")) == [
        ("overview", "", "<p>Before, for 10 mg.</p>"),
        ("symptoms", "What are the symptoms?", "<p>Pain.</p><h3>More</h3><p>2</p>"),
        ("treatment", "", "<table><tr><td>2</td><td>50 mg</td></tr></table><p>Give 5 mg</p>"),
        ("treatment", "A heading of its own", "<p>Words.</p>"),
    ]
    number = LibraryPicture.objects.get().pk
    assert list(draft.comments.values_list("who", "words")) == [
        ("Dr. Example", "Is this right? (at “Pain.”)"),
        (
            "From the Word file",
            f"Picture {number} of the library came with the file (at “Give 5 mg”). {ASKS}",
        ),
        ("From the Word file", "Words that were struck out or deleted were left out: “50” (at “Give 5 mg”)"),
        ("From the Word file", f"{SENTENCES[Lost.FIELD]} “10 mg” (at “Before, for 10 mg.”)"),
    ]
    assert actions.unanswered(draft)


def test_bad_word_file_keeps_what_was_chosen(db):
    edition = factories.live("crmo")
    client = Client()
    client.force_login(factories.staff("ed", "view_edition", "add_edition", "change_edition"))
    sent = {"condition": edition.condition_id, "language": "en", "word": ContentFile(b"no Word", "a.docx")}

    page = client.post("/admin/conditions/edition/add/", sent).content.decode()

    assert "This is not a Word file (.docx), or it is damaged." in page
    assert f'<option value="{edition.condition_id}" selected>' in page
    assert not Edition.objects.open().exists()


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("What it is", "overview"),
        ("3. When to seek help", "when-to-get-help"),
        ("How is it diagnosed?", "diagnosis"),
        ("¿Qué es?", "overview"),
        ("Tratamiento", "treatment"),
        ("Recipes", None),
    ],
)
def test_headings_find_their_kind_of_section(heading, kind):
    assert word_drafts._kind(heading, "en") == (kind and Section.Kind(kind))
