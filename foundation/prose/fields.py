"""Columns of typed text: made fit to store on every way into the database, and before they are checked.

Migrations know them as Django's own fields.
"""

from collections.abc import Callable
from typing import Any

from django.db import models

from foundation.prose import addresses
from foundation.prose.phones import check_dialable
from foundation.prose.typed import code, prose


def _one_line(text: str) -> str:
    return prose(text, lines=False)


class _Typed(models.Field):
    """`made` is what a typed text becomes. What has nothing to see becomes "", so that it counts as empty."""

    made: Callable[[str], str]

    def to_python(self, value: Any) -> Any:
        """Asked before the text is checked, and on every way into the database, `update()` and `bulk_create()` too."""
        return type(self).made(value) if isinstance(value, str) else super().to_python(value)

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        setattr(model_instance, self.attname, made := self.to_python(getattr(model_instance, self.attname)))
        return made

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _path, args, kwargs = super().deconstruct()
        own = next(base for base in type(self).__mro__ if base.__module__ == "django.db.models.fields")
        return str(name), f"django.db.models.{own.__name__}", args, kwargs


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
    """Where mail goes: one address that a mail can really be written to."""

    made = staticmethod(addresses.email)
    default_validators = [addresses.check_email]

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": addresses.Email, **kwargs})


class Phone(_Typed, models.CharField):
    """A number as people write it, which a phone can dial."""

    made = staticmethod(code)
    default_validators = [check_dialable]


class WebAddress(_Typed, models.URLField):
    made = staticmethod(code)
