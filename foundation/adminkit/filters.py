from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest


class QuestionFilter(admin.SimpleListFilter):
    """`questions` are (value in the address, label, which of the rows answer it)."""

    questions: Sequence[tuple[str, Any, Callable[[Any], QuerySet[Any]]]] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(value, label) for value, label, _rows in self.questions]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return next((rows(queryset) for value, _label, rows in self.questions if value == self.value()), queryset)
