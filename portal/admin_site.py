"""The staff side: stock Django admin, our name and colours, sign-in through `/accounts/`."""

from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _


class PortalAdminSite(admin.AdminSite):
    """One site for all rooms."""

    site_header = _("Condition Portal")
    site_title = _("Condition Portal")
    index_title = _("What waits for you")
    empty_value_display = "–"

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """With the pages of drafts."""
        from portal.views import staff

        return [path("preview/<int:pk>/", self.admin_view(staff.preview), name="preview"), *super().get_urls()]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """With a plain 400 for an address that holds the one character PostgreSQL cannot compare with."""
        checked = super().admin_view(view, cacheable)

        @wraps(checked)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if "%00" in request.META.get("QUERY_STRING", ""):
                raise BadRequest
            return checked(request, *args, **kwargs)

        return guarded

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """What waits for this person, then everything."""
        from foundation.publishing.verbs import staff
        from portal.waiting import waiting_for

        return super().index(request, {"waiting": list(waiting_for(staff(request))), **(extra_context or {})})

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Staff sign in with allauth, so that its limits and second factors hold here too. 403 for signed-in non-staff."""
        if request.user.is_authenticated:
            if self.has_permission(request):
                return redirect("admin:index")
            raise PermissionDenied
        back = request.GET.get("next", "")
        return redirect(reverse("account_login") + (f"?{urlencode({'next': back})}" if back else ""))
