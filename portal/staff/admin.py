"""Staff accounts in the admin, with an audit record of every change; what sign-in keeps for itself stays out of it."""

from typing import Any

from allauth.account.admin import EmailAddress  # from its admin, which registers it first
from allauth.mfa.admin import Authenticator
from allauth.usersessions.admin import UserSession
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from foundation.adminkit.rights import KIND, RightsAdmin, refuse
from foundation.adminkit.verbs import staff
from foundation.audit.models import Record
from foundation.audit.values import OF_ACCOUNTS
from foundation.links.models import OutsideAddress
from foundation.outbox.actions import post
from foundation.pictures.models import LibraryPicture
from foundation.prose.addresses import Email
from foundation.prose.boxes import Prose
from portal.staff.outside_link_admin import OutsideAddressAdmin
from portal.staff.picture_admin import LibraryAdmin
from portal.staff.rights import OWN, AccountForm, GroupForm, NewAccountForm, why_not_delete, why_not_touch
from portal.staff.second_factors import FACTORS
from portal.staff.sign_in import end_sessions
from portal.staff.worklist import content, editions, requests, unsaved
from portal.staff.worklist import rights as rights_lists
from portal.staff.worklist.first_page import LISTS

admin.site.register(LibraryPicture, LibraryAdmin)
admin.site.register(OutsideAddress, OutsideAddressAdmin)
LISTS += [*requests.LISTS, *rights_lists.LISTS, *unsaved.LISTS, *editions.LISTS, *content.LISTS]
admin.site.unregister([User, Group, EmailAddress, Authenticator, UserSession])


class Addressed(RightsAdmin):
    """Its forms name their own address: a form that was kept while one proved who one is is shown at another."""

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        kwargs["form_url"] = kwargs.get("form_url") or request.get_full_path()
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(User)
class StaffAdmin(Addressed, UserAdmin):
    formfield_overrides = {models.EmailField: {"form_class": Email}, models.CharField: {"form_class": Prose}}
    rights = OF_ACCOUNTS
    form = AccountForm
    add_form = NewAccountForm
    list_display = ["username", "first_name", "last_name", "is_active", "is_staff", "is_superuser", "last_login"]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        own = OF_ACCOUNTS if obj and obj.pk == request.user.pk else ()
        return ["last_login", "date_joined", *(own or ([] if staff(request).is_superuser else ["is_superuser"]))]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        own = obj is not None and obj.pk == request.user.pk
        return [
            (title, options | {"description": OWN} if own and "is_superuser" in options["fields"] else options)
            for title, options in super().get_fieldsets(request, obj)
        ]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and why_not_touch(staff(request), obj))

    def why_not_delete(self, request: HttpRequest, obj: User) -> str:
        return why_not_delete(staff(request), obj)

    def recorded(self, row: Record) -> None:
        super().recorded(row)
        if "password" in row.detail.get("fields", []) and row.actor != row.label:
            post(kind=KIND, object_id=row.pk)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return self._kept_from(request, object_id, posted=True) or super().change_view(
            request, object_id, form_url, extra_context
        )

    @method_decorator(sensitive_post_parameters())
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        return self._kept_from(request, id) or super().user_change_password(request, id, form_url)

    def _kept_from(self, request: HttpRequest, object_id: str, *, posted: bool = False) -> HttpResponse | None:
        obj = self.get_object(request, unquote(object_id))
        fault = why_not_touch(staff(request), obj) if obj and super().has_change_permission(request) else ""
        return refuse(request, obj, fault) if fault and (request.method == "POST" or not posted) else None


@admin.register(Group)
class AuditedGroupAdmin(Addressed, GroupAdmin):
    formfield_overrides = {models.CharField: {"form_class": Prose}}
    rights = ("permissions",)
    form = GroupForm

    def members(self, row: Record) -> list[int]:
        return list(User.objects.filter(groups__pk=row.object_id).values_list("pk", flat=True))

    def why_not_delete(self, request: HttpRequest, obj: Group) -> str:
        """Who is in it would change their own rights."""
        if staff(request).is_superuser or not staff(request).groups.filter(pk=obj.pk).exists():
            return ""
        return _("You are in this group, and nobody changes their own rights. Ask somebody who is not in it.")


@admin.register(Authenticator)
class AuthenticatorAdmin(RightsAdmin):
    """Second factors: an administrator takes away a lost one. The secrets are never shown."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return False

    def why_not_delete(self, request: HttpRequest, obj: Authenticator) -> str:
        """A superuser's is taken away by superusers."""
        return why_not_touch(staff(request), obj.user)

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        self.delete_queryset(request, Authenticator.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> None:
        people = list(User.objects.filter(authenticator__in=queryset).distinct())
        super().delete_queryset(request, queryset)
        left = Authenticator.objects.filter(type__in=FACTORS).values("user")
        Authenticator.objects.filter(user__in=people).exclude(user__in=left).delete()
        for user in people:
            end_sessions(user, by=staff(request))
