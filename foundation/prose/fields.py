"""Columns of typed text: made fit to store on every way into the database, and before they are checked.

Migrations know them as Django's own fields.
"""

from collections.abc import Callable
from typing import Any

from django.db import models

from foundation.prose.typed import code, prose


def _one_line(text: str) -> str:
    return prose(text, lines=False)


class _Typed(models.Field):
    """`made` is what a typed text becomes. What has nothing to see becomes "", so that it counts as empty."""

    made: Callable[[str], str]

    def clean(self, value: Any, model_instance: Any) -> Any:
        """Before it is asked whether there is anything."""
        return super().clean(self._made(value), model_instance)

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        """Also puts it back on the object, so that it and the row agree."""
        setattr(model_instance, self.attname, self._made(getattr(model_instance, self.attname)))
        return super().pre_save(model_instance, add)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Covers `update()` and `bulk_create()` as well."""
        return super().get_db_prep_save(self._made(value), connection)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """As Django's own field."""
        name, _path, args, kwargs = super().deconstruct()
        own = next(base for base in type(self).__mro__ if base.__module__ == "django.db.models.fields")
        return str(name), f"django.db.models.{own.__name__}", args, kwargs

    def _made(self, value: Any) -> Any:
        return type(self).made(value) if isinstance(value, str) else value


class Line(_Typed, models.CharField):
    """A name, a title, a sentence: prose on one line."""

    made = staticmethod(_one_line)


class Paragraphs(_Typed, models.TextField):
    """Prose on any number of lines."""

    made = staticmethod(prose)


class Code(_Typed, models.CharField):
    """A number, a date, a code, a short list of such: read by machines too."""

    made = staticmethod(code)


class Slug(_Typed, models.SlugField):
    """The last part of an address."""

    made = staticmethod(code)


class Email(_Typed, models.EmailField):
    """Where mail goes."""

    made = staticmethod(code)


class WebAddress(_Typed, models.URLField):
    """Where a page is."""

    made = staticmethod(code)
