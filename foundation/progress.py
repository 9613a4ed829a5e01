"""The progress bar of a long command: seen on a terminal, silent everywhere else."""

from collections.abc import Callable, Iterable
from typing import Any

from tqdm import tqdm


def bar(things: Iterable[Any], count: Callable[[], int], what: str) -> Iterable[Any]:
    """`things`, each counted as it is taken. `count` is asked only where somebody looks on."""
    shown: Iterable[Any] = tqdm(things, desc=what, disable=None, leave=False)
    if not shown.disable:  # type: ignore[attr-defined]
        shown.total = count()  # type: ignore[attr-defined]
    return shown


def byte_bar(total: int, what: str) -> Any:
    """Its `update` takes bytes. A context manager."""
    return tqdm(total=total, desc=what, unit="B", unit_scale=True, disable=None, leave=False)
