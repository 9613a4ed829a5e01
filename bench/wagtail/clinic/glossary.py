"""Words of the glossary linked, where a page first uses them, to their meanings further down: no script, no second page."""

import re
from collections.abc import Iterable
from typing import Any

from bs4 import BeautifulSoup, NavigableString
from django.utils.safestring import SafeString, mark_safe


class Explainer:
    """Explains each word once; one object for each page, called with its texts in the order in which they are read."""

    def __init__(self, terms: Iterable[Any]) -> None:
        self.terms = {form: term for term in terms for form in (term.term, *term.other_forms.splitlines()) if form}
        self.by_form = {form.lower(): term for form, term in self.terms.items()}
        self.explained: dict[int, Any] = {}
        forms = "|".join(re.escape(form) for form in sorted(self.terms, key=len, reverse=True))
        self.pattern = re.compile(rf"(?<!\w)({forms})(?!\w)", re.IGNORECASE) if forms else None

    def __call__(self, html: str) -> SafeString:
        """The text, with each word where it is first met linked to its meaning."""
        if not self.pattern:
            return mark_safe(html)
        soup = BeautifulSoup(html, "html.parser")
        for block in list(soup.find_all(recursive=False)):
            if block.name not in ("h3", "h4"):
                self.mark(block)
        return mark_safe(soup.decode(formatter="minimal"))

    def used(self) -> list[Any]:
        """The words that lead to their meaning, in the order of the alphabet."""
        return sorted(self.explained.values(), key=lambda term: term.term.lower())

    def mark(self, block: Any) -> None:
        for text in list(block.find_all(string=True)):
            if text.find_parent("a"):
                continue
            parts, end = [], 0
            for match in self.pattern.finditer(text):
                term = self.by_form[match[0].lower()]
                aside = self.is_another_word(match[0], term) or is_explained_there(text, match)
                if term.pk not in self.explained and not aside:
                    self.explained[term.pk] = term
                    parts += [NavigableString(text[end : match.start()]), self.linked(match[0], term)]
                    end = match.end()
            if parts:
                text.replace_with(*parts, NavigableString(text[end:]))

    def is_another_word(self, word: str, term: Any) -> bool:
        """Whether small letters stand where the glossary has an abbreviation: "ana" is not ANA."""
        abbreviated = any(
            form.isupper() and form.lower() == word.lower() for form in (term.term, *term.other_forms.split("\n"))
        )
        return abbreviated and not word.isupper()

    def linked(self, word: str, term: Any) -> Any:
        link = BeautifulSoup("<a></a>", "html.parser").a
        link.attrs = {"class": "w", "href": f"#w-{term.slug}", "id": f"t-{term.slug}"}
        link.string = word
        return link.extract()


def is_explained_there(text: str, match: re.Match[str]) -> bool:
    """Whether brackets beside the word say it in other words: "the shin bone (tibia)"."""
    after = text[match.end() :]
    return after.startswith(" (") or (text[: match.start()].endswith("(") and after.startswith(")"))
