"""The staff side: stock Django admin, our name and colours, sign-in through `/accounts/`."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _


class PortalAdminSite(admin.AdminSite):
    """One site for all rooms."""

    site_header = _("Condition Portal")
    site_title = _("Condition Portal")
    index_title = _("What waits for you")
    empty_value_display = "–"

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Staff sign in with allauth, so that its limits and second factors hold here too."""
        back = request.GET.get("next", "")
        return redirect(f"/accounts/login/?{urlencode({'next': back})}" if back else "/accounts/login/")
