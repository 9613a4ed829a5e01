from django.contrib import admin
from django.http import HttpRequest

from foundation.paginator import FirstPaginator
from foundation.search.models import Miss


@admin.register(Miss)
class MissAdmin(admin.ModelAdmin):
    """Read and delete: a row is done with once its words lead somewhere."""

    list_display = ["text", "language", "is_code", "count", "last_on"]
    list_filter = ["is_code", "language", "last_on"]
    search_fields = ["text"]
    paginator = FirstPaginator

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows come from the search page."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Miss | None = None) -> bool:
        """What was asked is a fact."""
        return False
