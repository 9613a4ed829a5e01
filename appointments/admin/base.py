"""What the admin pages of requests and of their messages have in common."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


class ScopedAdmin(admin.ModelAdmin):
    """`get_queryset` holds the rows of one's own departments; those of other departments are refused, not unknown."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is None and object_id.isdecimal() and self.model._base_manager.filter(pk=object_id).exists():
            raise PermissionDenied
        return row
