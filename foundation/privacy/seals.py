"""All sealed columns of the database: which keys seal them, and whether each opens."""

from collections import Counter
from collections.abc import Iterator

from django.apps import apps

from foundation.privacy.fields import SealedModel
from foundation.privacy.sealed_elsewhere import ELSEWHERE
from foundation.progress import bar

BATCH = 500


def sealed_models() -> list[type[SealedModel]]:
    return [model for model in apps.get_models() if issubclass(model, SealedModel)]


def sealed_rows(what: str) -> Iterator[SealedModel]:
    """Every row that has sealed columns, with them alone; `what` is done with it. Nothing stays locked or open meanwhile."""
    models = sealed_models()
    yield from bar(
        (row for model in models for row in _rows(model)), lambda: sum(m._base_manager.count() for m in models), what
    )


def _rows(model: type[SealedModel]) -> Iterator[SealedModel]:
    columns = ["pk", "seal_id", *(field.attname for field in model.sealed_fields())]
    last = 0
    while batch := model._base_manager.filter(pk__gt=last).only(*columns).order_by("pk")[:BATCH]:
        yield from batch
        last = batch[len(batch) - 1].pk


def check_seals() -> tuple[Counter[str], list[str]]:
    """How many columns each key seals, and which do not open, as `table row column`."""
    used: Counter[str] = Counter()
    closed = []
    for row in sealed_rows("reading"):
        used.update(stored.key for field in row.sealed_fields() if (stored := field.stored(row)))
        closed += [f"{row._meta.db_table} {row.pk} {name}" for name in row.unreadable()]
    for place, stored, opens in (found for each in ELSEWHERE for found in each.stored()):
        used[stored.key] += 1
        closed += [] if opens else [place]
    return used, closed
