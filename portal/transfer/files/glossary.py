"""The files of `glossary/`: all words of one language in each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings

from conditions.models import GlossaryTerm
from portal.transfer.files.check import File, one_of
from portal.transfer.files.files import SLUG, Album
from portal.transfer.files.keys import Lines, Rows, Text
from portal.transfer.files.marks import Node
from portal.transfer.files.room import Room
from portal.transfer.files.save import Run, fit, put
from portal.transfer.files.shape import NEEDED, Row, Shape

AT_ONCE = 50  # words
TERM = Shape(
    "term",
    GlossaryTerm,
    (Text("slug"), Text("term"), Lines("also"), Text("say", ""), Text("definition")),
)
GLOSSARY = Shape("glossary", None, (Rows("terms", default=NEEDED, shape=TERM),))


@dataclass(frozen=True)
class Glossary(Room):
    """A file holds many objects."""

    def read(self, node: Node, file: File) -> Row:
        """Also refuses a language the site does not have, and a slug that comes twice."""
        languages = [code for code, _name in settings.LANGUAGES]
        if file.slug not in languages:
            file.fault(1, f"its name must be a language: {one_of(file.slug, languages)}")
        row = super().read(node, file)
        seen: set[str] = set()
        for term in row.rows["terms"]:
            slug = term.values["slug"] or ""
            if slug in seen:
                term.fault(f"slug '{slug}' is here twice", "slug")
            if slug and not SLUG.fullmatch(slug):
                term.fault(f"slug '{slug}' may have letters, digits and hyphens only", "slug")
            seen.add(slug)
        return row

    def parts(self, row: Row, run: Run) -> list[Callable[[], None]]:
        """Some words at a time, once all of them were found good. Raises NotSaved."""
        terms = row.rows["terms"]
        for term, obj in self._with_objects(row, terms):
            fit(term, obj)
        return [partial(self._put, row, terms[at : at + AT_ONCE], run) for at in range(0, len(terms), AT_ONCE)]

    def _put(self, row: Row, terms: list[Row], run: Run) -> None:
        """Each word by its slug."""
        for term, obj in self._with_objects(row, terms):
            made = obj.pk is None
            run.done(obj, made=made, changed=put(term, obj))

    def _with_objects(self, row: Row, terms: list[Row]) -> list[tuple[Row, GlossaryTerm]]:
        known = {term.slug: term for term in GlossaryTerm.objects.filter(language=row.file.slug)}
        return [(term, known.get(term.values["slug"]) or GlossaryTerm(language=row.file.slug)) for term in terms]

    def export(self) -> Iterator[tuple[str, dict[str, Any], Album]]:
        """A file for each language that has a word."""
        for language, _name in settings.LANGUAGES:
            terms = GlossaryTerm.objects.filter(language=language).order_by("slug")
            album = Album(language)
            if terms:
                yield language, {"terms": [TERM.data(term, album) for term in terms]}, album


GLOSSARIES = Glossary("glossary", GLOSSARY)
