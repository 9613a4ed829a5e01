"""The staff side: stock Django admin, our name and colours, sign-in through `/accounts/`."""

import re
import secrets
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar, cast

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from foundation.adminkit.idempotency import FIELD, act_once
from foundation.adminkit.verbs import staff
from foundation.audit.actions import record
from portal.staff.record_cache import rights
from portal.staff.session_gate import seconds_left
from portal.staff.work_menu import work_menu
from portal.staff.worklist.first_page import first_page

View = TypeVar("View", bound=Callable[..., Any])

# What an unattended browser must not be able to do: change who may do what, hand out what families told us.
_WEIGHTY = re.compile(
    r"auth_(user|group)_(add|change|delete)|auth_user_(renew|leave)|staff_invitation_(link|send-again)|password_change|.*_copy|.*export.*"
    r"|appointments_receivingsystem_(add|change|token)"
)


def is_weighty(request: HttpRequest) -> bool:
    """Whether this needs a proof of who one is that is at most five minutes old. Asked before a form is shown, too."""
    name = (request.resolver_match and request.resolver_match.url_name) or ""
    action = request.POST.get("action", "") if request.method == "POST" else ""
    deletes = action == "delete_selected" and "post" in request.POST and name.startswith("auth_")
    return bool(_WEIGHTY.fullmatch(name)) or action.startswith("export") or deletes


def ask_again(view: View) -> View:
    """`view`, after a fresh proof where one is needed. What was sent is kept in the session meanwhile, and then done."""
    after_proof = reauthentication_required(view, enabled=is_weighty)

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return after_proof(request, *args, **kwargs)
        except ReauthenticationRequired:
            if any("password" in name for name in request.POST):
                request.method = "GET"  # typed passwords are kept nowhere: the form comes back empty
            elif request.method == "POST":
                request.META["QUERY_STRING"] = ""  # allauth takes up again only what was sent to a bare path
            raise

    return cast("View", answer)


def act_on_form_once(view: View) -> View:
    """`view`, which acts once on a form that is sent twice. Verbs are marked by `once`, Django's forms have known names."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = (request.resolver_match and request.resolver_match.url_name) or ""
        is_model_form = FIELD in request.POST and name.endswith(("_add", "_change"))
        if request.method == "POST" and (is_model_form or hasattr(view, "acts_once")):
            return act_once(request, lambda: view(request, *args, **kwargs))
        return cast("HttpResponse", view(request, *args, **kwargs))

    return cast("View", answer)


def refuse_strange_numbers(view: View) -> View:
    """`view`; a list whose address names a day or number beyond every calendar is shown whole, as Django does for others.

    A form that sends a number that no row can have, which no page of ours offers, is a bad request.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return cast("HttpResponse", view(request, *args, **kwargs))
        except (OverflowError, ValueError) as fault:
            if request.method == "POST" and isinstance(fault, OverflowError):
                raise BadRequest from fault
            if request.method != "GET" or not any("__" in name for name in request.GET):
                raise
            return redirect(f"{request.path}?{ERROR_FLAG}=1")

    return cast("View", answer)


class PortalAdminSite(admin.AdminSite):
    site_header = _("Condition Portal")
    site_title = _("Condition Portal")
    index_title = _("What waits for you")
    empty_value_display = "–"

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        return super().admin_view(ask_again(act_on_form_once(refuse_strange_numbers(view))), cacheable)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        own = {"session_seconds": seconds_left(request.session), "once": secrets.token_urlsafe(16)}
        own["model_list"] = [rights(request.user), *request.path.split("/")[:4]]  # with app and model: what the list goes by
        menu = {"work_menu": partial(work_menu, staff(request))} if self.has_permission(request) else {}  # asked by the page
        return {**super().each_context(request), **own, **menu}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Made where a page shows it, and has not kept it for these rights (`{% cache %}`)."""
        return SimpleLazyObject(lambda: super(PortalAdminSite, self).get_app_list(request, app_label))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        # Other browsers are signed out by the change itself; this one goes on under a new key.
        with transaction.atomic():
            response = super().password_change(request, extra_context)
            if response.status_code == 302:
                record(by=staff(request), verb="changed the password", obj=staff(request))
                UserSession.objects.create_from_request(request)
        return response

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        context = self.each_context(request)  # not Django's index, which makes the list of all models twice
        context |= {"title": self.index_title, "subtitle": None, "app_list": context["available_apps"]}
        request.current_app = self.name
        return TemplateResponse(request, "admin/index.html", context | first_page(staff(request)) | (extra_context or {}))

    def app_index(self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().app_index(request, app_label, first_page(staff(request)) | (extra_context or {}))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        # Staff sign in with allauth, so that its limits and second factors hold here too.
        if request.user.is_authenticated:
            if self.has_permission(request):
                return redirect("admin:index")
            raise PermissionDenied
        back = request.GET.get("next", "")
        return redirect(reverse("account_login") + (f"?{urlencode({'next': back})}" if back else ""))
