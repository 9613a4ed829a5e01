"""Django's boxes that look up rows while one types: what was sent that is no row's number is an error beside the box, not a crash."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteMixin, AutocompleteSelect, AutocompleteSelectMultiple
from django.db.models import BigAutoField
from django.http import HttpRequest


class OnlyNumbers(AutocompleteMixin):
    def optgroups(self, name: str, value: Sequence[Any], attr: Any = None) -> Any:
        numbers = [each for each in value if str(each).isdecimal() and int(each) <= BigAutoField.MAX_BIGINT]
        return super().optgroups(name, numbers, attr)


class OneRow(OnlyNumbers, AutocompleteSelect):
    pass


class Rows(OnlyNumbers, AutocompleteSelectMultiple):
    pass


class AutocompleteAdmin(admin.ModelAdmin):
    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", OneRow(db_field, self.admin_site, using=kwargs.get("using")))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Rows(db_field, self.admin_site, using=kwargs.get("using")))
        return super().formfield_for_manytomany(db_field, request, **kwargs)
