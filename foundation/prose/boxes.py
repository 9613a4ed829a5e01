"""Boxes of forms for typed text: what comes out of them is fit to be stored."""

from typing import Any

from django import forms

from foundation.prose.typed import code, prose


class Prose(forms.CharField):
    """Names and sentences; paragraphs in a text area."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(prose(str(value or ""), lines=isinstance(self.widget, forms.Textarea))))


class Code(forms.CharField):
    def to_python(self, value: Any) -> str:
        return str(super().to_python(code(str(value or ""))))


class Link(forms.URLField):
    def to_python(self, value: Any) -> Any:
        return super().to_python(code(str(value or "")))
