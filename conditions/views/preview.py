"""What staff see before visitors do. Stands inside the admin, which has checked that staff ask."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import override

from conditions.models import Edition
from conditions.page_context import full_context


def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The condition page as it would look with this edition; kept by nobody."""
    if not request.user.has_perm("conditions.view_edition"):
        raise PermissionDenied
    edition = get_object_or_404(Edition.objects.select_related("condition", "reviewed_by"), pk=pk)
    with override(edition.language):
        return render(request, "admin/conditions/edition/preview.html", full_context(edition))
