"""What is done with the whole picture library: where a picture stands, its replacement everywhere, and taking it back."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.audit.actions import record
from foundation.pictures import images
from foundation.pictures.models import LibraryPicture, Pictured, Use
from foundation.progress import bar
from foundation.workflow import Refused, Who

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Replacer:
    """How the rows of one model take another picture.

    `plan` says in sentences what would happen to the uses of a picture. `act` does it for (old, new, by) and returns the
    rows of which it left no audit record.
    """

    plan: Callable[[LibraryPicture], list[str]]
    act: Callable[[LibraryPicture, LibraryPicture, Any], list[models.Model]]


_replacers: dict[type[models.Model], Replacer] = {}


def register(model: type[models.Model], replacer: Replacer) -> None:
    """For a model whose rows do not take a new picture at once; called in its app's `startup.py`."""
    _replacers[model] = replacer


def picture_models() -> Iterator[type[Pictured]]:
    return (model for model in apps.get_models() if issubclass(model, Pictured))


def uses(name: str) -> list[Use]:
    """Where the picture `name` stands, in a fixed number of queries."""
    return [use for model in picture_models() for use in model.picture_uses(name)]


def plan(picture: LibraryPicture) -> list[str]:
    return [sentence for model in picture_models() for sentence in _replacer(model).plan(picture)]


@transaction.atomic
def replace(*, old: LibraryPicture, new: LibraryPicture, by: Who) -> None:
    """Shows `new` with its words wherever `old` stands and may change. Raises Refused."""
    if old.pk == new.pk:
        raise Refused(_("This is the same picture. Choose another file."))
    if LibraryPicture.objects.gone().filter(pk=new.pk).exists():
        raise Refused(_("The new picture was taken back, or its consent has ended. Choose another file."))
    LibraryPicture.objects.filter(pk=old.pk).update(replaced_by=new)
    record(by=by, verb="replaced", obj=old, successor=new.pk)
    for model in picture_models():
        for row in _replacer(model).act(old, new, by):
            record(by=by, verb="replaced the picture of", obj=row)


@transaction.atomic
def take_back(*, picture: LibraryPicture, reason: str, by: Who) -> None:
    """From now on no visitor sees it, wherever it stands. Raises Refused the second time."""
    shown = LibraryPicture.objects.filter(pk=picture.pk, withdrawn_on=None)
    if not shown.update(withdrawn_on=timezone.localdate(), withdrawn_reason=reason):
        raise Refused(_("This picture was taken back already."))
    picture.refresh_from_db()
    record(by=by, verb="took back", obj=picture)


@transaction.atomic
def erase(*, picture: LibraryPicture, reason: str, by: Who) -> None:
    """Its files and all that is known of it are gone for good. Its name stays, so that nobody can add it again by mistake.

    Raises Refused while visitors could see it.
    """
    if not LibraryPicture.objects.gone().filter(pk=picture.pk).exists() and uses(picture.name):
        raise Refused(_("It still stands on pages. Take it back first, or replace it."))
    files = [file for name, widths in picture.files() for file, _width in images.srcset(name, widths)]
    words = dict.fromkeys(("alt", "caption", "credit", "consent_paper", "card", "wide"), "")
    facts = {"shows_person": False, "consent_until": None, "width": 0, "height": 0}
    day = picture.withdrawn_on or timezone.localdate()
    LibraryPicture.objects.filter(pk=picture.pk).update(**words, **facts, withdrawn_on=day, withdrawn_reason=_("erased"))
    picture.refresh_from_db()
    record(by=by, verb="erased", obj=picture, reason=reason)
    transaction.on_commit(partial(images.delete, files))


def make_avif() -> int:
    """Keeps every picture that may be shown, and its crops, as AVIF too. Returns how many files it wrote."""
    written = 0
    pictures = LibraryPicture.objects.usable()
    for name, widths in (file for picture in bar(pictures, pictures.count, "pictures") for file in picture.files()):
        try:
            written += images.make_avif(name, widths)
        except ValidationError:  # one whose file broke stops none of the others
            logger.error("the stored picture %s cannot be read", name)  # noqa: TRY400  what Pillow says of it helps nobody
    return written


def _replacer(model: type[Pictured]) -> Replacer:
    return _replacers.get(model) or Replacer(
        plan=lambda old: [_("%(place)s: at once.") % {"place": use.words} for use in model.picture_uses(old.name)],
        act=lambda old, new, by: point_all(model.objects.filter(picture=old.name), new),
    )


def point_all(rows: Any, new: LibraryPicture) -> list[models.Model]:
    """Shows `new` in each of `rows`, saved one by one, so that history and search follow."""
    found = list(rows)
    for row in found:
        row.point_at(new)
        row.save()
    return found
