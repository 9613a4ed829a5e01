"""Staff accounts in the admin, with an audit record of every change; what sign-in keeps for itself stays out of it."""

from allauth.account.admin import EmailAddress  # from its admin, which registers it first
from allauth.mfa.admin import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest

from foundation.audit.admin import AuditedAdmin

admin.site.unregister([User, Group, EmailAddress, Authenticator])


@admin.register(User)
class StaffAdmin(AuditedAdmin, UserAdmin):
    """Accounts are made here, never by sign-up."""

    readonly_fields = ["last_login", "date_joined"]
    list_display = ["username", "first_name", "last_name", "is_active", "is_staff", "is_superuser", "last_login"]


@admin.register(Group)
class AuditedGroupAdmin(AuditedAdmin, GroupAdmin):
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
