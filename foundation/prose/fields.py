"""Columns of typed text: made fit to store on every way into the database, and before they are checked."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.db import models

from foundation.prose import addresses
from foundation.prose.phones import check_dialable
from foundation.prose.text import PhoneNumber
from foundation.prose.typed import code, prose


class PlainColumn(models.Field):
    """Migrations know it as Django's own field; forms show it as `box`, if it has one."""

    box: type[forms.Field] | None = None

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**({"form_class": self.box} if self.box else {}) | kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _path, args, kwargs = super().deconstruct()
        own = next(base for base in type(self).__mro__ if base.__module__ == "django.db.models.fields")
        return str(name), f"django.db.models.{own.__name__}", args, kwargs


class _Typed(PlainColumn):
    """`clean_text` makes of a typed text what is stored. What has nothing to see becomes "", so that it counts as empty."""

    clean_text: Callable[[str], str]

    def to_python(self, value: Any) -> Any:
        """Asked before the text is checked, and on every way into the database, `update()` and `bulk_create()` too."""
        return type(self).clean_text(value) if isinstance(value, str) else super().to_python(value)

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        value = self.to_python(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)  # so that the object and the row agree
        return value


class Line(_Typed, models.CharField):
    """A name, a title, a sentence: prose on one line."""

    clean_text = staticmethod(partial(prose, lines=False))


class Paragraphs(_Typed, models.TextField):
    """Prose on any number of lines."""

    clean_text = staticmethod(prose)


class Code(_Typed, models.CharField):
    """A number, a date, a code, a short list of such: read by machines too."""

    clean_text = staticmethod(code)


class Slug(_Typed, models.SlugField):
    clean_text = staticmethod(code)


class Email(_Typed, models.EmailField):
    """One address that a mail can really be written to."""

    clean_text = staticmethod(addresses.email)
    default_validators = [addresses.check_email]
    box = addresses.Email


class Phone(_Typed, models.CharField):
    """A number as people write it, which a phone can dial."""

    clean_text = staticmethod(code)
    default_validators = [check_dialable]

    def from_db_value(self, value: str | None, *_asked: Any) -> str | None:
        return value and PhoneNumber(value)


class WebAddress(_Typed, models.URLField):
    clean_text = staticmethod(code)
