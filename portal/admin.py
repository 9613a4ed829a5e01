"""Staff accounts in the admin, with an audit record of every change; what sign-in keeps for itself stays out of it."""

from typing import Any

from allauth.account.admin import EmailAddress  # from its admin, which registers it first
from allauth.mfa.admin import Authenticator
from allauth.usersessions.admin import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from foundation.audit.admin import AuditedAdmin
from foundation.prose.addresses import Email
from foundation.prose.boxes import Prose
from foundation.publishing.models import LibraryPicture, OutsideAddress
from foundation.publishing.verbs import staff
from portal.accounts import FACTORS, end_sessions
from portal.library import LibraryAdmin
from portal.outside import OutsideAddressAdmin

admin.site.register(LibraryPicture, LibraryAdmin)
admin.site.register(OutsideAddress, OutsideAddressAdmin)
admin.site.unregister([User, Group, EmailAddress, Authenticator, UserSession])


class Addressed(AuditedAdmin):
    """Its forms name their own address: a form that was kept while one proved who one is is shown at another."""

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        """As `portal.admin_site.asks_again` may show it."""
        kwargs["form_url"] = kwargs.get("form_url") or request.get_full_path()
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(User)
class StaffAdmin(Addressed, UserAdmin):
    """Accounts are made here, never by sign-up."""

    readonly_fields = ["last_login", "date_joined"]
    formfield_overrides = {models.EmailField: {"form_class": Email}, models.CharField: {"form_class": Prose}}
    list_display = ["username", "first_name", "last_name", "is_active", "is_staff", "is_superuser", "last_login"]


@admin.register(Group)
class AuditedGroupAdmin(Addressed, GroupAdmin):
    """Named sets of permissions."""


@admin.register(Authenticator)
class AuthenticatorAdmin(AuditedAdmin):
    """Second factors: an administrator takes away a lost one. The secrets are never shown."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People add their own."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        """Never by somebody else."""
        return False

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        """See `delete_queryset`."""
        self.delete_queryset(request, Authenticator.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> None:
        """Whoever loses a factor is signed out; recovery codes go with the last one."""
        people = list(User.objects.filter(authenticator__in=queryset).distinct())
        super().delete_queryset(request, queryset)
        left = Authenticator.objects.filter(type__in=FACTORS).values("user")
        Authenticator.objects.filter(user__in=people).exclude(user__in=left).delete()
        for user in people:
            end_sessions(user, by=staff(request))
