"""Django's boxes that look up rows while one types.

What was sent that is no row's number is an error beside the box, not a crash. Without a script a link shows all there is to choose from.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteMixin, AutocompleteSelect, AutocompleteSelectMultiple
from django.db.models import BigAutoField
from django.forms import Select
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

ALL = "all-choices"  # in an address: every choice stands on the page


class OnlyNumbers(AutocompleteMixin):
    """Django asks the database for whatever was sent before the field has looked at it."""

    def optgroups(self, name: str, value: Sequence[Any], attr: Any = None) -> Any:
        numbers = [each for each in value if str(each).isdecimal() and int(each) <= BigAutoField.MAX_BIGINT]
        return super().optgroups(name, numbers, attr)


class WithAll(OnlyNumbers, Select):
    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        box, words = super().render(*args, **kwargs), _("Show all there is to choose from")
        return format_html('{}<noscript><a href="?{}=1">{}</a></noscript>', box, ALL, words)


class OneRow(WithAll, AutocompleteSelect):
    pass


class Rows(WithAll, AutocompleteSelectMultiple):
    pass


class AutocompleteAdmin(admin.ModelAdmin):
    def get_autocomplete_fields(self, request: HttpRequest) -> Any:
        return () if ALL in request.GET else super().get_autocomplete_fields(request)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", OneRow(db_field, self.admin_site, using=kwargs.get("using")))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Rows(db_field, self.admin_site, using=kwargs.get("using")))
        return super().formfield_for_manytomany(db_field, request, **kwargs)
