"""HTML from elsewhere in a real browser: what it shows is what we keep, pasted into the editor and stored as it comes."""

import os
from pathlib import Path

import pytest

from foundation.prose.text import clean
from tests import pasted
from tests.test_prose_html import KEPT

CASES = int(os.environ.get("HTML_CASES", "400"))
BATCH = 200
SCRIPT = Path(__file__).resolve().parent.parent.parent / "static/js/admin-paste.js"
SHOWN = """pages => pages.map(html => {
  const box = document.createElement("div");
  box.innerHTML = html;
  document.body.replaceChildren(box);
  for (const gone of box.querySelectorAll("del,s,strike,[style*=line-through]"))
    gone.replaceWith(gone.matches(":has(p,div,h1,h2,h3,h4,h5,h6,section,article,figure,address,blockquote,header)") ? document.createElement("hr") : "");
  for (const [sign, query] of [["^", "sup,[style*=super]"], ["_", "sub,[style*='align:sub']"]])
    for (const small of box.querySelectorAll(query)) small.replaceWith(`${sign}(${small.textContent})`);
  return box.innerText;
})"""
TURNED = """source => {
  document.body.innerHTML = '<div class="prose-editor"><textarea></textarea></div>';
  (0, eval)(source);
  const editor = { options: {}, setOptions(given) { window.turn = given.editorProps.transformPastedHTML; } };
  const detail = { editor, textarea: document.querySelector("textarea") };
  document.dispatchEvent(new CustomEvent("prose-editor:ready", { detail }));
}"""
PASTE = """([box, html]) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  return box.innerHTML;
}"""


@pytest.fixture
def blank(chromium):
    page = chromium.new_page()
    yield page
    page.close()


def batches():
    for start in range(0, CASES, BATCH):
        yield [pasted.Case(number) for number in range(start, min(CASES, start + BATCH))]


def test_generated_html_is_shown_as_we_keep_it(blank):
    for cases in batches():
        for case, shown in zip(cases, blank.evaluate(SHOWN, [case.html for case in cases]), strict=True):
            assert pasted.words(shown) == pasted.told(clean(case.html)), case.html


def test_paste_hook_keeps_the_same_words(blank):
    blank.evaluate(TURNED, SCRIPT.read_text(encoding="utf-8"))
    for cases in batches():
        turned = blank.evaluate("pages => pages.map(html => turn(html))", [case.html for case in cases])
        for case, html in zip(cases, turned, strict=True):
            assert pasted.told(clean(html)) == case.tokens, (case.html, html)


def test_paste_hook_answers_as_the_server(blank):
    blank.evaluate(TURNED, SCRIPT.read_text(encoding="utf-8"))
    cases = [(html, right) for html, right in KEPT if "<sup>3<sup>" not in html]  # which the editor cannot hold
    turned = blank.evaluate("pages => pages.map(html => turn(html))", [html for html, _right in cases])

    assert [clean(html) for html in turned] == [right for _html, right in cases]


INTO_THE_EDITOR = [
    ("<table><tr><td>Age</td><td>2</td><td>50 mg</td></tr></table>", "<p>Age | 2 | 50 mg</p>"),
    ("<table><tr><td>Age</td><td>Dose</td></tr><tr><td></td><td>5 mg</td></tr></table>", "<p>Age | Dose</p><p>| 5 mg</p>"),
    ("450 x 10<sup>9</sup>/L", "<p>450 x 10⁹/L</p>"),
    ('10<span style="vertical-align:super">9</span>', "<p>10⁹</p>"),
    ("Give <del>50</del><ins>5</ins> mg", "<p>Give 5 mg</p>"),
    ('Give <span style="text-decoration:line-through">50</span>5 mg', "<p>Give 5 mg</p>"),
    (
        (
            "<b style='font-weight:normal'><p><span style='font-weight:400'>Plain and </span>"
            "<span style='font-weight:700'>bold</span> <span style='font-style:italic'>slanted</span></p></b>"
        ),
        "<p>Plain and <strong>bold</strong> <em>slanted</em></p>",
    ),
    ("<dl><dt>A</dt><dd>B</dd></dl><h1>C</h1><h6>D</h6>", "<p>A</p><p>B</p><h3>C</h3><h4>D</h4>"),
    ("<ul><li>a<ul><li>b</li></ul></li></ul>", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
    ("<math><mn>1</mn><mfrac><mn>1</mn><mn>2</mn></mfrac></math> mg", "<p>1 1/2 mg</p>"),
    ("450 x <math><msup><mn>10</mn><mn>9</mn></msup></math>/L", "<p>450 x 10⁹/L</p>"),
    ('<p style="white-space:pre-wrap">2\n50 mg</p>', "<p>2<br>50 mg</p>"),
    ('<div style="display:flex"><span>2</span><span>50 mg</span></div>', "<p>2</p><p>50 mg</p>"),
    ("2<sup>3<sup>4</sup></sup>", "<p>2<sup>3^4</sup></p>"),
    ("2<svg><text>50</text></svg>mg", "<p>2 50 mg</p>"),
]


def test_paste_into_the_editor_keeps_the_meaning(visit, administrator):
    page = visit("/admin/news/newsitem/add/", staff=administrator)
    box = page.locator(".tiptap").first
    box.wait_for()
    kept = []

    for html, _right in INTO_THE_EDITOR:
        box.press("Control+a")
        box.press("Delete")
        page.wait_for_function(
            "box => !box.innerText.trim() && !box.querySelector('li, table, h2, h3')", arg=box.element_handle()
        )
        kept.append((html, clean(page.evaluate(PASTE, [box.element_handle(), html]))))

    assert kept == INTO_THE_EDITOR


def test_editor_says_what_a_paste_lost(visit, administrator):
    page = visit("/admin/news/newsitem/add/", staff=administrator, width=360)
    box = page.locator(".tiptap").first
    box.wait_for()

    page.evaluate(
        PASTE,
        [
            box.element_handle(),
            '<table><tr><td>2</td><td>50 mg</td></tr></table><s>50</s><a href="http://example.org/a">b</a>',
        ],
    )

    note = page.locator(".pasted").inner_text()
    assert "Its rows are lines now" in note
    assert "“50”" in note
    assert "“http://example.org/a”" in note
    if os.environ.get("SHOTS"):
        page.locator(".pasted").scroll_into_view_if_needed()
        page.screenshot(path=Path(os.environ["SHOTS"]) / "pasted.png")
