"""All sealed columns of the database: which keys seal them, and whether each opens.

Read as tuples and written by one statement for many rows: of 20,000 requests, model instances and their `save` would cost
three times as much.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from foundation.privacy import keys
from foundation.privacy.fields import Sealed, SealedField, SealedModel, seal, unsealed
from foundation.progress import bar

BATCH = 200  # rows; whoever wants to write one waits until all are sealed

Model = type[SealedModel]
Cell = tuple[SealedField, Sealed, str]  # what is stored, and the context that it is sealed to


@dataclass(frozen=True)
class Elsewhere:
    """Sealed texts in columns that are no `SealedField`, such as those of another package.

    `renew` seals anew what another key than the current one sealed, and says how many rows that were.
    `stored` gives of each text (table, row and column), what is stored, and whether it opens.
    """

    renew: Callable[[], int]
    stored: Callable[[], Iterator[tuple[str, Sealed, bool]]]


ELSEWHERE: list[Elsewhere] = []


def register(elsewhere: Elsewhere) -> None:
    """Called once, in `startup.py` of the room that seals them."""
    ELSEWHERE.append(elsewhere)


def sealed_models() -> list[Model]:
    return [model for model in apps.get_models() if issubclass(model, SealedModel)]


def _batches(what: str) -> Iterable[tuple[Model, list[int]]]:
    """The numbers of all rows that have sealed columns; `what` is done with them. Nothing stays locked or open meanwhile."""
    models = sealed_models()
    batches = ((model, numbers) for model in models for numbers in _numbers(model))
    return bar(batches, lambda: sum(-(-model._base_manager.count() // BATCH) for model in models), what)


def _numbers(model: Model) -> Iterator[list[int]]:
    last = 0
    while batch := list(model._base_manager.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield batch
        last = batch[-1]


def _cells(model: Model, rows: Any) -> Iterator[tuple[int, list[Cell]]]:
    fields = model.sealed_fields()
    names = (field.attname for field in fields)
    for number, seal_id, version, *stored in rows.order_by("pk").values_list("pk", "seal_id", "seal_version", *names):
        contexts = (field.bound_to(seal_id, version) for field in fields)
        yield number, list(zip(fields, stored, contexts, strict=True))


def seal_anew() -> int:
    """Seals under the current key what another one sealed, and says how many rows that were."""
    return sum(_renew(model, numbers) for model, numbers in _batches("sealing anew"))


@transaction.atomic
def _renew(model: Model, numbers: list[int]) -> int:
    """Rows that somebody holds are left out: we wait for nobody while others wait for us. The version stays, as the text does."""
    rows = model._base_manager.filter(pk__in=numbers).select_for_update(no_key=True, skip_locked=True)
    current, renewed = keys.current(), []
    for number, cells in _cells(model, rows):
        new = [
            _sealed_anew(stored, context) if stored and stored.key != current else stored for _field, stored, context in cells
        ]
        if new != [stored for _field, stored, _context in cells]:
            renewed.append([*new, number])
    _write(model, renewed)
    return len(renewed)


def _sealed_anew(stored: Sealed, context: str) -> Sealed:
    text = unsealed(stored, context=context)
    return stored if text is None else seal(text, context=context)


def _write(model: Model, rows: list[list[Any]]) -> None:
    name = connection.ops.quote_name
    columns = ", ".join(f"{name(str(field.column))} = %s" for field in model.sealed_fields())
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {name(model._meta.db_table)} SET {columns} WHERE id = %s", rows)


def check_seals() -> tuple[Counter[str], list[str]]:
    """How many columns each key seals, and which do not open, as `table row column`."""
    used: Counter[str] = Counter()
    closed = []
    for place, stored, opens in chain(_own_cells(), *(each.stored() for each in ELSEWHERE)):
        used[stored.key] += 1
        closed += [] if opens else [place]
    return used, closed


def _own_cells() -> Iterator[tuple[str, Sealed, bool]]:
    """As `Elsewhere.stored` gives those of others."""
    for model, numbers in _batches("reading"):
        for number, cells in _cells(model, model._base_manager.filter(pk__in=numbers)):
            for field, stored, context in cells:
                if stored:
                    place = f"{model._meta.db_table} {number} {field.name}"
                    yield place, stored, unsealed(stored, context=context) is not None
