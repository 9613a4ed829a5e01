"""Staff accounts in the admin, with an audit record of every change; what sign-in keeps for itself stays out of it."""

from allauth.account.admin import EmailAddress  # from its admin, which registers it first
from allauth.mfa.admin import Authenticator
from allauth.usersessions.admin import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group, User
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _

from foundation.adminkit.rights import RightsAdmin
from foundation.adminkit.verbs import staff
from foundation.audit.models import Record
from foundation.links.models import OutsideAddress
from foundation.pictures.models import LibraryPicture
from foundation.prose.typed import Prose
from portal.staff.invitation_admin import InvitationAdmin
from portal.staff.link_views import OutsideAddressAdmin
from portal.staff.models import Invitation
from portal.staff.person_admin import PersonAdmin
from portal.staff.picture_admin import LibraryAdmin
from portal.staff.rights import GroupForm
from portal.staff.worklist import content, editions, requests, rights as rights_lists, unsaved
from portal.staff.worklist.first_page import LISTS

admin.site.register(LibraryPicture, LibraryAdmin)
admin.site.register(OutsideAddress, OutsideAddressAdmin)
LISTS += [*requests.LISTS, *rights_lists.LISTS, *unsaved.LISTS, *editions.LISTS, *content.LISTS]
admin.site.unregister([User, Group, EmailAddress, Authenticator, UserSession])
admin.site.register(User, PersonAdmin)
admin.site.register(Invitation, InvitationAdmin)


@admin.register(Group)
class AuditedGroupAdmin(RightsAdmin, GroupAdmin):  # type: ignore[misc]  # Django’s may be asked without a request
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
