"""The glossary: all words of one language in each file."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.conf import settings

from conditions.models import GlossaryTerm
from portal.transfer.content_files import SLUG, Album, ContentFile, not_one_of
from portal.transfer.fields import NEEDED, Lines
from portal.transfer.items import Item, Run, fit
from portal.transfer.kinds import Kind, Rows
from portal.transfer.yaml_nodes import Node

AT_ONCE = 50  # words
TERM = Kind("term", GlossaryTerm, ["slug", "term", Lines("also"), "say", "definition"])


class GlossaryKind(Kind):
    def read(self, node: Node, file: ContentFile) -> Item:
        languages = [code for code, _name in settings.LANGUAGES]
        if file.slug not in languages:
            file.fault(1, f"its name must be a language: {not_one_of(file.slug, languages)}")
        item = super().read(node, file)
        seen: set[str] = set()
        for term in item.items_below():
            slug = term.values["slug"] or ""
            if slug in seen:
                term.fault(f"slug '{slug}' is here twice", "slug")
            if slug and not SLUG.fullmatch(slug):
                term.fault(f"slug '{slug}' may have letters, digits and hyphens only", "slug")
            seen.add(slug)
        return item

    def parts(self, item: Item, run: Run) -> list[Callable[[], None]]:
        """Some words at a time, once all of them were found good. Raises Rejected."""
        terms = list(item.items_below())
        for term, obj in self._with_rows(item, terms):
            fit(term, obj)
        return [partial(self._write, item, terms[at : at + AT_ONCE], run) for at in range(0, len(terms), AT_ONCE)]

    def _write(self, item: Item, terms: list[Item], run: Run) -> None:
        for term, obj in self._with_rows(item, terms):
            run.save(term, obj)

    def _with_rows(self, item: Item, terms: list[Item]) -> list[tuple[Item, GlossaryTerm]]:
        known = {term.slug: term for term in GlossaryTerm.objects.filter(language=item.file.slug)}
        return [(term, known.get(term.values["slug"]) or GlossaryTerm(language=item.file.slug)) for term in terms]

    def export(self) -> Iterator[tuple[str, dict[str, Any], Album]]:
        for language, _name in settings.LANGUAGES:
            terms = GlossaryTerm.objects.filter(language=language).order_by("slug")
            album = Album(language)
            if terms:
                yield language, {"terms": [TERM.dump(term, album) for term in terms]}, album


GLOSSARY = GlossaryKind("glossary", None, [Rows(key="terms", default=NEEDED, kind=TERM)], "glossary")
