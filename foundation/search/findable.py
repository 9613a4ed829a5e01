"""A base for models whose rows can be found: each says what of it, and saving and deleting keep the table in step."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, ClassVar, NamedTuple

from django.apps import apps
from django.db import models, transaction
from django.utils.functional import Promise

from foundation.progress import bar
from foundation.search import entries, text
from foundation.search.entries import SearchEntry
from foundation.search.models import Entry

BATCH = 200  # rows that are stored at once


class FoundPage(NamedTuple):
    """A page that a visitor may read now: where it is, what it is called, and the language it is written in."""

    url: str
    title: str
    language: str


class Searched(models.Model):
    """What the search tells of: saving it, and whoever saves rows that belong to it, brings the table in step."""

    audit_values: ClassVar[tuple[str, ...]] = ("*",)  # what can be found is public

    class Meta:
        abstract = True

    def store_search_entries(self) -> None:
        raise NotImplementedError

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        self.store_search_entries()


class Findable(Searched):
    """`search_kind` names its entries, `search_label` stands beside each in an answer, `search_place` orders those found as well."""

    search_kind: ClassVar[str]
    search_place: ClassVar[int]
    search_label: ClassVar[str | Promise]

    class Meta:
        abstract = True

    def search_entry(self) -> SearchEntry | None:
        """None for what cannot be found."""
        raise NotImplementedError

    def search_entries(self) -> list[SearchEntry]:
        """One in each language that the row is written in."""
        entry = self.search_entry()
        return [entry] if entry else []

    @classmethod
    def search_rows(cls) -> models.QuerySet[Any]:
        """The rows that may be found, with what their entries need."""
        return cls._default_manager.all()

    @classmethod
    def search_pages(cls, ids: list[int], language: str) -> dict[int, FoundPage]:
        """Which of these ids lead to which page, by the model's own published query; the best come first in `ids`."""
        raise NotImplementedError

    def store_search_entries(self) -> None:
        store_all([self])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        entries.drop(self.search_kind, [self.pk])
        return super().delete(*args, **kwargs)


def findables() -> list[type[Findable]]:
    return [model for model in apps.get_models() if issubclass(model, Findable) and not model._meta.proxy]


def store_all(rows: list[Any]) -> None:
    """Brings the entries of rows of one model in step; those that cannot be found lose theirs."""
    if not rows:
        return
    entries.store(rows[0].search_kind, {row.pk: row.search_entries() for row in rows})


@transaction.atomic
def rebuild() -> None:
    """Brings the whole table in step: new entries in, changed ones renewed, those of removed rows out."""
    models_found = findables()
    for model in models_found:
        rows = model.search_rows()
        Entry.objects.filter(kind=model.search_kind).exclude(object_id__in=rows.order_by().values("pk")).delete()
        for batch in _batches(iter(bar(rows.order_by("pk").iterator(chunk_size=BATCH), rows.count, model.search_kind))):
            store_all(batch)
    Entry.objects.exclude(kind__in=[model.search_kind for model in models_found]).delete()
    text.tidy()


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
