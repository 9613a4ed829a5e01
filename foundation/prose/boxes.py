"""Boxes of forms for typed text: what comes out of them is fit to be stored."""

from typing import Any

from django import forms

from foundation.prose.typed import code, prose


class Prose(forms.CharField):
    def to_python(self, value: Any) -> str:
        return str(super().to_python(prose(str(value or ""), lines=isinstance(self.widget, forms.Textarea))))


class CodeBox(forms.Field):
    """For what machines read too, however its digits, hyphens and letters were typed."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(code(value) if isinstance(value, str) else value)


class Link(CodeBox, forms.URLField):
    """A web address."""
