"""HTML as people bring it, generated with what a browser shows of it: words and numbers in order, none joined.

`shown` is built beside the HTML and without our code: `^(9)` and `_(2)` for what is raised and lowered, nothing for what
is struck out or hidden, a line break between blocks and cells.
"""

import random
import re
from html import unescape

WORDS = ["fever", "dose", "twice", "naproxen", "niño", "≤", "weeks", "CRMO"]
NUMBERS = ["2", "50", "0.5", "10", "450", "1,000", "37.5"]
UNITS = ["mg", "mg/kg", "mL", "°C", "/L", "%"]
BLOCK_TAGS = [
    "p",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "section",
    "article",
    "figure",
    "address",
    "blockquote",
    "header",
]
BOLD = [
    "<b>{}</b>",
    "<strong>{}</strong>",
    "<i>{}</i>",
    '<span style="font-weight:700">{}</span>',
    "<font color=red>{}</font>",
]
STRUCK = ["<del>{}</del>", "<s>{}</s>", "<strike>{}</strike>", '<span style="text-decoration:line-through">{}</span>']
RAISED = ["<sup>{}</sup>", '<span style="font-size:60%;vertical-align:super">{}</span>']
WORD_ITEM = (
    "<p class=MsoListParagraph style='margin-left:.5in;mso-list:l0 level{level} lfo1'><![if !supportLists]>"
    "<span style='mso-list:Ignore'>{sign}<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp;&nbsp; </span></span>"
    "<![endif]>{html}</p>"
)
LOWERED = ["<sub>{}</sub>", '<span style="vertical-align:sub">{}</span>']


class Case:
    """One piece of HTML: `html`, what is `shown` of it, and which `kinds` of trouble are in it."""

    def __init__(self, number):
        self.draw = random.Random(number)
        self.kinds = set()
        self.html, self.shown = self.several(self.block, 1, 4, deep=0)

    @property
    def tokens(self):
        return words(self.shown)

    def several(self, make, least, most, **given):
        pairs = [make(**given) for _number in range(self.draw.randint(least, most))]
        return "".join(html for html, _shown in pairs), "".join(shown for _html, shown in pairs)

    def atom(self):
        draw = self.draw
        kind = draw.randrange(10)
        text = draw.choice(WORDS) if kind < 3 else draw.choice(NUMBERS) + draw.choice(["", " "]) + draw.choice(["", *UNITS])
        if kind < 6:
            return text, text
        if kind < 8:
            self.kinds.add("script")
            small = draw.choice(["9", "2", "-3", "2+", "1,2", "st", "a"])
            sign, form = draw.choice([("^", draw.choice(RAISED)), ("_", draw.choice(LOWERED))])
            number = draw.choice(NUMBERS)
            return number + form.format(small), f"{number}{sign}({small})"
        if kind == 8:
            self.kinds.add("struck")
            return draw.choice(STRUCK).format(text) + "<ins>5</ins> mg", "5 mg"
        return draw.choice(['<span style="display:none">{}</span>', "<span hidden>{}</span>", "<!--{}-->"]).format(text), ""

    def inline(self):
        draw = self.draw
        html, shown = self.several(self.atom, 1, 2)
        if draw.random() < 0.3:
            html = draw.choice(BOLD).format(html)
        return draw.choice(
            [(html, shown), (html + " ", shown + " "), (html + "<br>", shown + "\n"), (f" {html}\n", f" {shown} ")]
        )

    def block(self, deep):  # noqa: PLR0911  one way out for each kind
        draw = self.draw
        kind = draw.randrange(12) if deep < 3 else 0
        if kind < 5:
            html, shown = self.several(self.inline, 1, 3)
            tag = draw.choice(BLOCK_TAGS)
            return f"<{tag}>{html}</{tag}>", f"\n{shown}\n"
        if kind == 5:
            return self.several(self.inline, 1, 2)
        if kind == 6:
            html, shown = self.several(self.block, 1, 2, deep=deep + 1)
            return f"<div>{html}</div>", f"\n{shown}\n"
        if kind == 7 and draw.random() < 0.4:
            return self.several(self.word_item, 1, 4)
        if kind == 7:
            return self.rows("li", *draw.choice([("<ul>", "</ul>"), ("<ol>", "</ol>"), ("<ol start=4>", "</ol>")]), deep=deep)
        if kind == 8:
            return self.rows(draw.choice(["dt", "dd"]), "<dl>", "</dl>", deep=deep)
        if kind == 9 and draw.random() < 0.5:
            self.kinds.add("struck")
            html, _shown = self.several(self.block, 1, 1, deep=3)
            return f"<del>{html}</del>", "\n"
        return self.table(deep)

    def word_item(self):
        self.kinds.add("word list")
        html, shown = self.several(self.inline, 1, 2)
        level, sign = self.draw.randint(1, 3), self.draw.choice(["·", "o", "1.", "2.", "17)"])
        return WORD_ITEM.format(level=level, sign=sign, html=html), f"\n{shown}\n"

    def rows(self, tag, start, end, deep):
        html, shown = start, ""
        for _number in range(self.draw.randint(1, 3)):
            inner, seen = self.draw.choice([self.several(self.inline, 1, 2), self.block(deep=deep + 1)])
            html += f"<{tag}>{inner}" + self.draw.choice(["", f"</{tag}>"])
            shown += f"\n{seen}\n"
        return html + end, shown

    def table(self, deep):
        self.kinds.add("cells")
        html, shown = "<table>", "\n"
        if self.draw.random() < 0.3:
            inner, seen = self.several(self.inline, 1, 2)
            html, shown = f"<table><caption>{inner}</caption>", f"\n{seen}\n"
        html += self.draw.choice(["", "<tbody>", "<thead>"])
        for _row in range(self.draw.randint(1, 3)):
            html += "<tr>"
            for _cell in range(self.draw.randint(1, 3)):
                tag = self.draw.choice(["td", "td", "th", "td colspan=2", "td rowspan=2"])
                inner, seen = self.draw.choice([("", ""), self.several(self.inline, 1, 2), self.block(deep=deep + 2)])
                html += f"<{tag}>{inner}" + self.draw.choice(["", f"</{tag[:2]}>"])
                shown += f"{seen}\n"
            html += self.draw.choice(["", "</tr>"])
        return html + "</table>", shown


def words(shown):
    """Words and numbers, in order; two scripts side by side are one."""
    return re.findall(r"[^\s|;]+", shown.replace(")^(", "").replace(")_(", ""))


def told(html):
    """Our text as `Case.shown` has it: every tag but those within a line parts words."""
    raised = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾]+", lambda signs: f"^({plainly(signs[0])})", html)
    lowered = re.sub("[₀-₉₊₋₌₍₎]+", lambda signs: f"_({plainly(signs[0])})", raised)
    scripts = re.sub(r"<(sup|sub)>(.*?)</\1>", lambda tag: f"{'^' if tag[1] == 'sup' else '_'}({tag[2]})", lowered)
    return words(unescape(re.sub("<[^>]*>", " ", re.sub(r"</?(?:strong|em|a)\b[^>]*>", "", scripts))))


def plainly(signs):
    return signs.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", "0123456789+-=()" * 2))
