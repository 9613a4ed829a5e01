"""Pages that are no row of a table, such as the start of a request: an app names them, and the words that lead there."""

from typing import NamedTuple

from django.utils.functional import Promise

KIND = "page"


class SitePage(NamedTuple):
    """`address` is the name of one; `names`, with commas between them, lead there, by language, and are never shown."""

    address: str
    title: str | Promise
    summary: str | Promise
    names: dict[str, str]


_registered: list[SitePage] = []


def register(*pages: SitePage) -> None:
    _registered.extend(pages)


def registered() -> list[SitePage]:
    return _registered
