"""What the counts of the first page lead to."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conditions.models import Edition
from conditions.worklist import WAITING
from foundation.adminkit.verbs import staff


class WaitsFilter(admin.SimpleListFilter):
    """By what somebody has to do next, asked as on the first page."""

    title = _("what waits")
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("sign", _("For my signature")),
            ("approve", _("Signed, for approval")),
            ("back", _("Sent back to me")),
            ("comments", _("Comments for me to answer")),
            ("drafts", _("My other open drafts")),
            ("scheduled", _("Going live soon")),
            ("review", _("Review late or due within 90 days")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Edition]) -> QuerySet[Edition]:
        found = WAITING.get(self.value() or "")
        return queryset.filter(pk__in=found(staff(request)).values("pk")) if found else queryset
