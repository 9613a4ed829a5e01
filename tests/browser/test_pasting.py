"""HTML from elsewhere in a real browser: what it shows is what we keep, pasted into the editor and stored as it comes."""

import os
from pathlib import Path

import pytest

from foundation.prose.text import clean
from tests import pasted
from tests.clipboards import CLIPBOARDS

CASES = int(os.environ.get("HTML_CASES", "400"))
BATCH = 200
SHOWN = """pages => pages.map(html => {
  const box = document.createElement("div");
  box.innerHTML = html;
  document.body.replaceChildren(box);
  for (const marker of box.querySelectorAll("[style*=Ignore]")) marker.remove();
  for (const gone of box.querySelectorAll("del,s,strike,[style*=line-through]"))
    gone.replaceWith(gone.matches(":has(p,div,h1,h2,h3,h4,h5,h6,section,article,figure,address,blockquote,header)") ? document.createElement("hr") : "");
  for (const [sign, query] of [["^", "sup,[style*=super]"], ["_", "sub,[style*='align:sub']"]])
    for (const small of box.querySelectorAll(query)) small.replaceWith(`${sign}(${small.textContent})`);
  return box.innerText;
})"""
MARKED = """() => {
  window.pasted = 0;
  const note = document.querySelector(".pasted");
  new MutationObserver(() => { pasted += !note.innerText.includes("One moment"); }).observe(note, { childList: true });
  window.empty = () => { document.querySelector(".tiptap").editor.commands.clearContent(); return pasted; };
}"""
PASTE = """([box, html]) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
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


INTO_THE_EDITOR = [
    (
        "<table><caption>Doses</caption><tr><th>Age<th>Dose<tr><td>2<td>50 mg</table>",
        "<table><caption>Doses</caption><tr><th>Age</th><th>Dose</th></tr><tr><td>2</td><td>50 mg</td></tr></table>",
    ),
    ("450 x 10<sup>9</sup>/L", "<p>450 x 10⁹/L</p>"),
    ("Give <del>50</del><ins>5</ins> mg", "<p>Give 5 mg</p>"),
    (
        (
            "<b style='font-weight:normal'><p><span style='font-weight:400'>Plain and </span>"
            "<span style='font-weight:700'>bold</span> <span style='font-style:italic'>slanted</span></p></b>"
        ),
        "<p>Plain and <strong>bold</strong> <em>slanted</em></p>",
    ),
    ("<dl><dt>A</dt><dd>B</dd></dl><h1>C</h1><h6>D</h6>", "<p>A</p><p>B</p><h3>C</h3><h4>D</h4>"),
    ("<ol start=4><li>a<ul><li>b</li></ul></li></ol>", '<ol start="4"><li>a<ul><li>b</li></ul></li></ol>'),
    (pasted.WORD_ITEM.format(level=1, sign="·", html="a"), "<ul><li>a</li></ul>"),
    *CLIPBOARDS.values(),
    ('<div style="display:flex"><span>2</span><span>50 mg</span></div>', "<p>2</p><p>50 mg</p>"),
]


@pytest.fixture
def paste(visit, administrator):
    """Pastes into an empty editor; gives its text as it would be stored."""
    page = visit("/admin/news/newsitem/add/", staff=administrator)
    box = page.locator(".tiptap").first
    box.wait_for()
    page.evaluate(MARKED)

    def into(html):
        before = page.evaluate("() => empty()")
        page.evaluate(PASTE, [box.element_handle(), html])
        page.wait_for_function("before => pasted > before", arg=before)
        return clean(page.locator("textarea[name=text]").input_value())

    return into


def test_paste_into_the_editor_keeps_the_meaning(paste):
    assert [(html, paste(html)) for html, _right in INTO_THE_EDITOR] == INTO_THE_EDITOR


def test_generated_html_keeps_its_words_in_the_editor(paste):
    for number in range(max(12, CASES // 20)):
        case = pasted.Case(number)
        if "<sup><sup>" not in clean(case.html):
            assert pasted.told(paste(case.html)) == case.tokens, case.html


def test_editor_says_what_a_paste_lost(visit, administrator):
    page = visit("/admin/news/newsitem/add/", staff=administrator, width=360)
    box = page.locator(".tiptap").first
    box.wait_for()

    page.evaluate(
        PASTE,
        [
            box.element_handle(),
            '<table><tr><td>2</td><td rowspan=2>50 mg</td></tr><tr><td>3</table><s>50</s><a href="http://example.org/a">b</a>',
        ],
    )

    page.wait_for_function("() => document.querySelector('.pasted').innerText.includes('struck')")
    note = page.locator(".pasted").inner_text()
    assert "“50” (at “b”)" in note
    assert "“50 mg”" in note
    assert "“http://example.org/a”" in note
    if os.environ.get("SHOTS"):
        page.locator(".pasted").scroll_into_view_if_needed()
        page.screenshot(path=Path(os.environ["SHOTS"]) / "pasted.png")
