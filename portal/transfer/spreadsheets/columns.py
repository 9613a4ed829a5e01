"""The columns of the files: what a cell says, and how a stored value is shown beside it."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from foundation.prose.text import from_markdown, to_markdown
from foundation.prose.typed import code

EMPTIED = "-"


class Wrong(Exception):
    """The cell is not what it must be; a sentence for staff."""


@dataclass(frozen=True)
class Column:
    """Plain words, and anything else that the model's own field understands. `example` stands in the template file."""

    name: str
    example: str = ""

    def taken(self, cell: str, model: type[models.Model]) -> Any:
        """The value of a cell that is not empty. Raises Wrong."""
        return "" if cell == EMPTIED else model._meta.get_field(self.name).to_python(cell)  # type: ignore[union-attr]

    def put(self, obj: Any, value: Any) -> None:
        """Before the object is saved."""
        setattr(obj, self.name, value)

    def link(self, obj: Any, value: Any) -> None:
        """After it is saved: nothing, but for links."""

    def shown(self, obj: Any) -> str:
        """The stored value, as a cell would say it."""
        return str(getattr(obj, self.name))


class Number(Column):
    """A whole number."""

    def taken(self, cell: str, model: type[models.Model]) -> Any:
        """Raises Wrong for everything else."""
        number = code(cell)
        if not re.fullmatch(r"[0-9]{1,5}", number):
            raise Wrong(_("write a whole number"))
        return int(number)


class Flag(Column):
    """Yes or no."""

    WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}

    def taken(self, cell: str, model: type[models.Model]) -> Any:
        """Raises Wrong for everything else."""
        word = code(cell).lower()
        if word not in self.WORDS:
            raise Wrong(_("write yes or no"))
        return self.WORDS[word]

    def shown(self, obj: Any) -> str:
        """Yes or no."""
        return "yes" if getattr(obj, self.name) else "no"


class Choice(Column):
    """One of the model's choices, by its value or its name."""

    def taken(self, cell: str, model: type[models.Model]) -> Any:
        """Raises Wrong with what there is to choose."""
        known = [(str(value), str(label)) for value, label in model._meta.get_field(self.name).flatchoices]  # type: ignore[union-attr]
        word = code(cell).lower()
        found = next((value for value, label in known if word in {value.lower(), label.lower()}), None)
        if found is None:
            raise Wrong(_("write one of: %(words)s") % {"words": ", ".join(value for value, _label in known)})
        return found


class Day(Column):
    """A day, as people write it or as a spreadsheet in the United States turns it round."""

    def taken(self, cell: str, model: type[models.Model]) -> Any:
        """Raises Wrong for everything but 2026-03-09 and 3/9/2026."""
        written = code(cell)
        if written == EMPTIED:
            return None
        try:
            if "/" in written:
                return datetime.strptime(written, "%m/%d/%Y").date()  # noqa: DTZ007  a day has no zone
            return date.fromisoformat(written)
        except ValueError as error:
            raise Wrong(_("write the day like 2026-03-09 or 3/9/2026")) from error

    def shown(self, obj: Any) -> str:
        """As in ISO 8601."""
        day = getattr(obj, self.name)
        return day.isoformat() if day else ""


class Long(Column):
    """Long text, as Markdown."""

    def taken(self, cell: str, model: type[models.Model]) -> Any:
        """Cleaned, as everywhere."""
        return "" if cell == EMPTIED else from_markdown(cell)

    def shown(self, obj: Any) -> str:
        """As Markdown."""
        return to_markdown(getattr(obj, self.name))


class Links(Column):
    """Slugs of rows that are there, with spaces or commas between them."""

    def taken(self, cell: str, model: type[models.Model]) -> Any:
        """The rows. Raises Wrong for a slug that nobody has."""
        other: Any = model._meta.get_field(self.name).related_model
        slugs = [] if cell == EMPTIED else re.split(r"[\s,;]+", code(cell))
        found = {row.slug: row for row in other._base_manager.filter(slug__in=slugs)}
        missing = [slug for slug in slugs if slug not in found]
        if missing:
            words = {"slug": missing[0], "kind": other._meta.verbose_name}
            raise Wrong(_("“%(slug)s” is no address of a %(kind)s") % words)
        return list(found.values())

    def put(self, obj: Any, value: Any) -> None:
        """Not yet: links need the saved row."""

    def link(self, obj: Any, value: Any) -> None:
        """Exactly these."""
        getattr(obj, self.name).set(value)

    def shown(self, obj: Any) -> str:
        """Sorted."""
        return " ".join(sorted(row.slug for row in getattr(obj, self.name).all())) if obj.pk else ""
