"""Words of the glossary explained where a page first uses them, in the text itself: no script, no second page."""

import re
from collections.abc import Iterable
from typing import Any

from bs4 import BeautifulSoup, NavigableString
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _


class Explainer:
    """Explains each word once; one object for each page, called with its texts in the order in which they are read."""

    def __init__(self, terms: Iterable[Any]) -> None:
        self.terms = {form: term for term in terms for form in (term.term, *term.other_forms.splitlines()) if form}
        self.by_form = {form.lower(): term for form, term in self.terms.items()}
        self.explained: set[int] = set()
        forms = "|".join(re.escape(form) for form in sorted(self.terms, key=len, reverse=True))
        self.pattern = re.compile(rf"(?<!\w)({forms})(?!\w)", re.IGNORECASE) if forms else None

    def __call__(self, html: str) -> SafeString:
        """The text with `<dfn>` around each new word, and a note after the paragraph or list in which it stands."""
        if not self.pattern:
            return mark_safe(html)
        soup = BeautifulSoup(html, "html.parser")
        for block in list(soup.find_all(recursive=False)):
            if block.name not in ("h3", "h4"):
                notes = "".join(self.note(term) for term in self.mark(block))
                if notes:
                    block.insert_after(BeautifulSoup(notes, "html.parser"))
        return mark_safe(soup.decode(formatter="minimal"))

    def mark(self, block: Any) -> list[Any]:
        """Writes `<dfn>` into a paragraph or list; the terms met for the first time."""
        found = []
        for text in list(block.find_all(string=True)):
            if text.find_parent("a"):
                continue
            parts, end = [], 0
            for match in self.pattern.finditer(text):
                term = self.by_form[match[0].lower()]
                if term.pk not in self.explained and not self.is_another_word(match[0], term):
                    self.explained.add(term.pk)
                    found.append(term)
                    parts += [NavigableString(text[end : match.start()]), self.defined(match[0])]
                    end = match.end()
            if parts:
                text.replace_with(*parts, NavigableString(text[end:]))
        return found

    def is_another_word(self, word: str, term: Any) -> bool:
        """Whether small letters stand where the glossary has an abbreviation: "ana" is not ANA."""
        abbreviated = any(
            form.isupper() and form.lower() == word.lower() for form in (term.term, *term.other_forms.split("\n"))
        )
        return abbreviated and not word.isupper()

    def defined(self, word: str) -> Any:
        tag = BeautifulSoup("<dfn></dfn>", "html.parser").dfn
        tag.string = word
        return tag.extract()

    def note(self, term: Any) -> SafeString:
        sound = format_html(" <i>({})</i>", _("say: %(sound)s") % {"sound": term.say}) if term.say else ""
        return format_html('<p class="gloss"><b>{}</b>{}: {}</p>', term.term, sound, term.definition)
