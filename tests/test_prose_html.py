"""Foreign HTML made ours: what a browser shows apart stays apart, what is struck goes, what is raised is told."""

import os
import time

import pytest

from conditions.models import Section
from foundation.prose.foreign import convert, sentences
from foundation.prose.text import EXTENSIONS, LongTextBox, clean, for_editor, from_markdown, plain, safe_html, to_markdown
from tests import pasted
from tests.clipboards import CLIPBOARDS

CASES = int(os.environ.get("HTML_CASES", "400"))  # by hand 20,000: `make fuzz`

WORD_ITEM = "<p class=MsoListParagraph style='mso-list:l0 level%d lfo1'><![if !supportLists]><span style='mso-list:Ignore'>%s<span>&nbsp;&nbsp; </span></span><![endif]>"

KEPT = [  # what was lost or joined, and what is right
    (
        "<table><tr><td>Age</td><td>2</td><td>50 mg</td></tr></table>",
        "<table><tr><td>Age</td><td>2</td><td>50 mg</td></tr></table>",
    ),
    (
        "<table><caption>Doses</caption><tr><th>Age<th>Dose<tr><th><td>5 mg</table>",
        "<table><caption>Doses</caption><tr><th>Age</th><th>Dose</th></tr><tr><th></th><td>5 mg</td></tr></table>",
    ),
    (
        "<table><tr><td rowspan=2>2</td><td>a</td></tr><tr><td>50</td></tr></table>",
        "<table><tr><td>2</td><td>a</td></tr><tr><td></td><td>50</td></tr></table>",
    ),
    (
        "<table><tr><td colspan=2>2</td><td>50</td></tr><tr><td>3<td>4<td>5</table>",
        "<table><tr><td>2</td><td></td><td>50</td></tr><tr><td>3</td><td>4</td><td>5</td></tr></table>",
    ),
    (
        "<table><tr><td colspan=2>Doses<tr><td><b>Age</b><td><b>Dose</b><tr><td>2<td>50 mg</table>",
        "<table><caption>Doses</caption><tr><th>Age</th><th>Dose</th></tr><tr><td>2</td><td>50 mg</td></tr></table>",
    ),
    (
        "<table><thead><tr><td>Age<td>Dose<tbody><tr><td>2<td>50 mg</table>",
        "<table><tr><th>Age</th><th>Dose</th></tr><tr><td>2</td><td>50 mg</td></tr></table>",
    ),
    (
        "<table><tr><td><p>2</p><p>50</p></td><td>3<br>4<ul><li>5</ul></td></tr></table>",
        "<table><tr><td><p>2</p><p>50</p></td><td>3<br>4<ul><li>5</li></ul></td></tr></table>",
    ),
    (
        "<table><tr><td>1<td><h2>2</h2><table><tr><td>3<p>4<td>50</table></table>",
        "<table><tr><td>1</td><td><p>2</p><p>3; 4 | 50</p></td></tr></table>",
    ),
    ("<table><tr><td><table><tr><td>3<td>50</table></table>", "<table><tr><td>3</td><td>50</td></tr></table>"),
    (
        "<ol start=4><li>Fourth<li>Fifth<li value=9>Ninth</ol>",
        '<ol start="4"><li>Fourth</li><li>Fifth</li></ol><ol start="9"><li>Ninth</li></ol>',
    ),
    (
        f"{WORD_ITEM % (1, '·')}a</p>{WORD_ITEM % (2, 'o')}b</p>{WORD_ITEM % (1, '3.')}c</p>{WORD_ITEM % (1, '4.')}d</p>{WORD_ITEM % (1, 'b)')}e</p>",
        '<ul><li>a<ul><li>b</li></ul></li></ul><ol start="3"><li>c</li><li>d</li></ol><p>b) e</p>',
    ),
    ("<p>·&nbsp;&nbsp; a</p><p>• b</p><p>2.&nbsp; c</p>", '<ul><li>a</li><li>b</li></ul><ol start="2"><li>c</li></ol>'),
    ("<p>- 2 to 4 mg</p><p>o well</p><p>2. mg</p>", "<p>- 2 to 4 mg</p><p>o well</p><p>2. mg</p>"),
    (
        "<p class=MsoTitle>a</p><p class=MsoHeading4>b</p><p style='mso-outline-level:1'>c</p><p role=heading aria-level=2>d</p>",
        "<h3>a</h3><h4>b</h4><h3>c</h3><h3>d</h3>",
    ),
    ("<table><tr><td><h2>Only a frame</h2><ul><li>a</ul></td></tr></table>", "<h3>Only a frame</h3><ul><li>a</li></ul>"),
    ("<td>2</td><td>50 mg</td>", "<p>2</p><p>50 mg</p>"),
    ("<div>First</div><div>Second</div>", "<p>First</p><p>Second</p>"),
    ("<dl><dt>A</dt><dd>B</dd></dl>", "<p>A</p><p>B</p>"),
    ("<h1>A</h1><h2>B</h2><h5>C</h5>", "<h3>A</h3><h3>B</h3><h4>C</h4>"),
    ("<fieldset><legend>A</legend><label>B</label></fieldset>", "<p>A</p><p>B</p>"),
    ('<span style="display:block">2</span>50 mg', "<p>2</p><p>50 mg</p>"),
    ("<select><option>2<option>50 mg</select>", "<p>2</p><p>50 mg</p>"),
    ("<pre>2\n50 mg</pre>", "<p>2<br>50 mg</p>"),
    ("2<br>50<wbr>0 mg<hr>x", "<p>2<br>500 mg</p><p>x</p>"),
    ("450 x 10<sup>9</sup>/L", "<p>450 x 10⁹/L</p>"),
    ("10<sup>-3</sup> H<sub>2</sub>O Ca<sup>2+</sup>", "<p>10⁻³ H₂O Ca²⁺</p>"),
    ('10<span style="font-size:0.6em;vertical-align:super">9</span>/L', "<p>10⁹/L</p>"),
    ("pain<sup>1,2</sup> 1<sup>st</sup>", "<p>pain<sup>1,2</sup> 1<sup>st</sup></p>"),
    ('10<sup><span style="vertical-align:super">9</span></sup>/L', "<p>10⁹/L</p>"),
    ('10<span style="vertical-align:super"><sup>9</sup></span>/L', "<p>10⁹/L</p>"),
    ("2<sup>3<sup>4</sup></sup>", "<p>2<sup>3<sup>4</sup></sup></p>"),
    ("<math><msup><mn>10</mn><mn>9</mn></msup> <mfrac><mn>1</mn><mn>2</mn></mfrac></math>", "<p>10⁹ 1/2</p>"),
    ("<math><mn>1</mn><mfrac><mn>1</mn><mn>2</mn></mfrac><mn>3</mn></math>", "<p>1 1/2 3</p>"),
    ("<math><mroot><mn>8</mn><mn>3</mn></mroot><munder><mn>5</mn><mn>2</mn></munder></math>", "<p>8 3 5 2</p>"),
    ("<math><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr></mtable><mn>3</mn></math>", "<p>1 2 3</p>"),
    ("<math><menclose notation='updiagonalstrike'><mn>50</mn></menclose><mphantom>4</mphantom><mn>5</mn></math>", "<p>5</p>"),
    ('<div style="display:flex"><span>2</span><span>50 mg</span></div>', "<p>2</p><p>50 mg</p>"),
    ('<p style="white-space:pre-wrap">2\n50 mg</p>', "<p>2<br>50 mg</p>"),
    ("<textarea>2\n50 mg</textarea>", "<p>2<br>50 mg</p>"),
    ("2<video>no</video>50 mg", "<p>2 50 mg</p>"),
    ('10<span style="vertical-align:text-top">9</span>/L', "<p>10⁹/L</p>"),
    ("Give <del>50</del><ins>5</ins> mg", "<p>Give 5 mg</p>"),
    ("Give <span class=msoDel><del cite='mailto:x'>50</del></span>5 mg", "<p>Give 5 mg</p>"),
    ('Give <span style="text-decoration:line-through">50</span>5 mg', "<p>Give 5 mg</p>"),
    ('Give <span style="TEXT-DECORATION: underline line-through">50</span>5 mg', "<p>Give 5 mg</p>"),
    ("<del><p>50 mg</p></del><p>5 mg</p>", "<p>5 mg</p>"),
    ('<p hidden>50</p><p style="display:none">50</p>5', "<p>5</p>"),
    (
        "<b style='font-weight:normal'><p><span style='font-weight:400'>Plain and </span><span style='font-weight:700'>bold</span></p></b>",
        "<p>Plain and <strong>bold</strong></p>",
    ),
    ("<b>a</b> <i>b</i> <span style='font-style:italic'>c</span>", "<p><strong>a</strong> <em>b c</em></p>"),
    ("<q>a</q> <ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby> <input value=5>mg", "<p>“a” 漢 (kan) 5 mg</p>"),
    ("<ul><li>a</li><ul><li>b</li></ul></ul>", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
    ("multi\u00adfocal e\u0301 a\x0bb", "<p>multifocal é a b</p>"),
    ("ن\u200cم \u2067a\u2069", "<p>ن\u200cم \u2067a\u2069</p>"),
    ('<a href="www.example.org/a">a</a>', '<p><a href="https://www.example.org/a">a</a></p>'),
    ("<p>&nbsp;</p>", ""),
    ("<p>\u200b</p>", ""),
    ("<p>\u3164</p><h3>&nbsp;\u2060</h3><ul><li>&#8203;</li></ul>", ""),
]


def test_meaning_is_kept():
    assert [(html, clean(html), clean(right)) for html, right in KEPT] == [(html, right, right) for html, right in KEPT]


@pytest.mark.parametrize("program", CLIPBOARDS)
def test_clipboard_of_each_program_says_the_same(program):
    html, right = CLIPBOARDS[program]

    assert clean(html) == right


def test_markdown_of_content_files_keeps_the_meaning_too():
    assert from_markdown("<table><tr><td>2</td><td>50 mg</td></tr></table>\n\nGive <del>50</del>5 mg, ~~2~~ 3 times") == (
        "<table><tr><td>2</td><td>50 mg</td></tr></table><p>Give 5 mg, 3 times</p>"
    )


@pytest.mark.parametrize(
    "source",
    [
        "| Age | Dose |\n| --- | --- |\n| 2 | 50 mg |",
        "2015. was the year\n2016. too",
        "<table><caption>Doses</caption><tr><td>2</td><td>50 mg</td></tr></table>",
    ],
)
def test_tables_and_the_numbers_of_lists_come_back_from_content_files(source):
    html = from_markdown(source)

    assert to_markdown(html) == source
    assert plain(html) in {"Age Dose 2 50 mg", "2015. was the year too", "Doses 2 50 mg"}


def test_caption_is_a_cell_in_the_editor_and_a_caption_again():
    html = "<table><caption>Doses &amp; weights</caption><tr><th>Age</th><th>Dose</th></tr><tr><td>2</td><td>50 mg</td></tr></table>"

    edited = for_editor(html)

    assert '<tr><th colspan="2"><p>Doses &amp; weights</p></th></tr>' in edited
    assert clean(edited) == html
    assert not LongTextBox(config={"extensions": EXTENSIONS}).has_changed(html, edited)


def test_table_on_a_page_has_headers_and_a_box_to_move_in():
    html = safe_html(
        "<table><caption>Doses</caption><tr><th>Age</th><th>Dose</th></tr><tr><th>2</th><td>50 mg</td></tr></table>"
    )

    assert html == (
        '<div class="table" role="region" aria-label="Doses" tabindex="0"><table><caption>Doses</caption>'
        '<thead><tr><th scope="col">Age</th><th scope="col">Dose</th></tr></thead>'
        '<tbody><tr><th scope="row">2</th><td>50 mg</td></tr></tbody></table></div>'
    )


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>10⁹/L</p>", "10⁹/L"),
        ("<p>pain<sup>1,2</sup> CO<sub>x</sub></p>", "pain^(1,2) CO_(x)"),
        ("<p>1<sup>st</sup> 2<sup>do</sup></p>", "1st 2do"),
        ("<p>10<sup>½</sup> 10<sup>x</sup></p>", "10^(½) 10^(x)"),
        ("<td>2</td><td>50 mg</td><div>a</div>b", "2 50 mg a b"),
        ("<h3><em>Fever</em></h3>a<h3>Why?</h3>b<h3>吗？</h3>c<h3>x<sup>n</sup></h3>d", "Fever: a Why? b 吗？ c x^(n): d"),
    ],
)
def test_plain_words_are_never_joined(html, words):
    assert plain(html) == words


def test_what_was_changed_is_named():
    found = convert(
        "<p>Take <del>50 mg</del>5 mg <span hidden>often</span><a href='http://example.org/x'>c</a><a href='/ok/'>d</a>"
        "<table><tr><td rowspan=2>2<td>a<img src=x alt=A><tr><td>b<table><tr><td>3<td>4</table></table>"
    )

    assert [(loss.why, loss.what, loss.near) for loss in found.lost] == [
        ("struck", "50 mg", "Take 5 mg cd"),
        ("hidden", "often", "Take 5 mg cd"),
        ("link", "http://example.org/x", "Take 5 mg cd"),
        ("picture", "A", "a"),
        ("lines", "3 4", "4"),
        ("span", "2", "4"),
    ]
    assert sentences(found)[0] == "Words that were struck out or deleted were left out: “50 mg” (at “Take 5 mg cd”)"


@pytest.mark.parametrize(
    "piece", ["<ul><li>", "<div>", "<table><tr><td>5", "<b><p>x", "<td>5", "<a<", "<s><div>", "<sup>1", "<style>.a{b:c"]
)
def test_time_grows_with_the_length_alone(piece):
    def seconds(times):
        start = time.process_time()
        assert times < 2 or clean(piece * times + "the end") or piece.startswith(("<s>", "<style", "<a<"))
        return time.process_time() - start

    clean(piece * 1000)

    assert seconds(8000) < 24 * seconds(1000) + 0.2  # 8 times as long; 64 times if it grew with the square


def test_words_in_tags_nested_too_deep_stay_apart():
    assert "2" in plain(clean("<div>" * 500 + "2<div>50 mg")).split()
    assert plain(clean("<ul><li>a" * 60)) == " ".join("a" * 60)


def test_empty_text_is_refused_and_not_stored(db):
    from tests import factories

    section = factories.draft().sections.get()
    section.body = "<p>&nbsp;</p><p>\u200b</p>"

    section.save()

    assert Section.objects.get(pk=section.pk).body == ""


def test_words_and_numbers_are_those_a_browser_shows():
    kinds = {"script": 0, "cells": 0, "struck": 0, "word list": 0}
    for number in range(CASES):
        case = pasted.Case(number)
        for kind in case.kinds:
            kinds[kind] += 1
        cleaned = clean(case.html)
        assert pasted.told(cleaned) == case.tokens, (number, case.html, cleaned)
        assert clean(cleaned) == cleaned, (number, case.html)
    assert min(kinds.values()) >= CASES / 20, kinds
