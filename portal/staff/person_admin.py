"""Colleagues in the admin: one page a person, inviting one, what was lost, and who leaves."""

from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _, gettext_lazy

from directory.models import Clinician
from foundation.adminkit.panels import TOP, Panel, PanelAdmin
from foundation.adminkit.rights import RightsAdmin, refuse
from foundation.adminkit.verbs import VerbAdmin, VerbForm, in_words, staff
from foundation.audit.models import Record
from foundation.audit.values import OF_ACCOUNTS
from foundation.duties import DUTIES, Duty
from foundation.outbox.smtp import mail_goes_out
from foundation.prose.addresses import Email
from foundation.prose.typed import Prose
from foundation.workflow import Refused, name_of
from portal.staff.invitations import invite, mail_reaches, renew, why_not_renew
from portal.staff.leaving import leave, left_with, why_not_leave
from portal.staff.models import Invitation
from portal.staff.rights import OWN, AccountForm, roles_to_give, why_not_delete, why_not_touch
from portal.staff.roles import NAMES
from portal.staff.worklist.base import change_address

SHOWN = 8


@dataclass
class Held:
    """Of one duty: how many, and the first of them as (text, address or "")."""

    label: Any
    count: int
    rows: list[tuple[str, str]]


class SignIns(Panel):
    template = "admin/auth/user/_sign_ins.html"
    place = TOP

    def context(self, request: HttpRequest, obj: User) -> dict[str, Any]:
        by_them = Record.objects.filter(kind="auth.user", object_id=str(obj.pk), verb="signed in")
        return {
            "sign_ins": by_them.values_list("at", flat=True)[:5],
            "sessions": UserSession.objects.filter(user=obj).count(),
            "links": obj.invitations.unused(),
            "factors": Authenticator.objects.filter(user=obj).order_by("created_at"),
        }


class Work(Panel):
    template = "admin/auth/user/_work.html"
    place = TOP

    def context(self, request: HttpRequest, obj: User) -> dict[str, Any]:
        return {
            "departments": obj.coordinated_departments.all(),
            "clinician": getattr(obj, "clinician", None),
            "held": [found for duty in DUTIES if (found := _held(request, duty, obj)).count],
            "open_invitations": obj.sent_invitations.working().order_by("expires_at"),
        }


def _held(request: HttpRequest, duty: Duty, user: User) -> Held:
    rows = duty.rows(user)
    shown = [(str(row), _address(request, row)) for row in rows[:SHOWN]]
    return Held(duty.label, len(shown) if len(shown) < SHOWN else rows.count(), shown)


def _address(request: HttpRequest, row: Model) -> str:
    """Where to look at it, for who may."""
    name = f"{row._meta.app_label}.view_{row._meta.model_name}"
    return change_address(row) if request.user.has_perm(name) else ""


PANELS = [SignIns, Work]


class RoleLabel:
    """Of a choice of roles: each with what it does, where it is one of ours."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj}: {NAMES[obj.name]}" if obj.name in NAMES else str(obj)


class RoleChoice(RoleLabel, forms.ModelChoiceField):
    widget = forms.RadioSelect


class InviteForm(forms.ModelForm):
    """Refuses what the one who invites may not give."""

    class Meta:
        model = Invitation
        fields = ["name", "email", "role", "departments", "clinician"]
        field_classes = {"role": RoleChoice}
        widgets = {"departments": forms.CheckboxSelectMultiple}
        help_texts = {
            "name": gettext_lazy("As colleagues say it, like “Dana Sample”."),
            "departments": gettext_lazy("For coordinators: whose requests they work on."),
            "clinician": gettext_lazy("For who signs off text or sees children: their entry among the clinicians."),
        }

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.fields["email"].required = True
        role, clinician = self.fields["role"], self.fields["clinician"]
        role.queryset, role.empty_label, role.required = roles_to_give(by).order_by("name"), None, True  # type: ignore[attr-defined]
        clinician.queryset = Clinician.objects.filter(user=None)  # type: ignore[attr-defined]
        rights = {"departments": "directory.name_coordinators", "clinician": "directory.change_clinician"}
        for name, right in rights.items():
            if not by.has_perm(right):
                del self.fields[name]


class RoleChoices(RoleLabel, forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple


class Colleague(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return name_of(obj)


class Renew(VerbForm):
    name = "renew"
    label = gettext_lazy("Reset sign-in")
    permission = "change_user"
    refuses_itself = True
    explain = gettext_lazy(
        "For a lost password or second factor. The person is signed out everywhere and gets a link that works once, for three days: it sets the password, and a second factor "
        "where none is left. Make sure that it is they who ask: call them, or look at them. Whoever watches over rights is told."
    )
    saves_first = False
    WHY = {
        "lost": gettext_lazy("The phone or key is lost"),
        "stolen": gettext_lazy("It was stolen"),
        "replaced": gettext_lazy("It broke or was replaced"),
        "password": gettext_lazy("The password is forgotten"),
    }
    factors = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Take away"),
        queryset=Authenticator.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("Nothing ticked: the second factors stay, and the link sets a password alone."),
    )
    reason = forms.ChoiceField(label=gettext_lazy("Why"), choices=list(WHY.items()), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Authenticator.objects.filter(user=self.obj).exclude(type=Authenticator.Type.RECOVERY_CODES)
        self.fields["factors"].queryset = own.order_by("created_at")  # type: ignore[attr-defined]
        if not own:
            del self.fields["factors"]

    @classmethod
    def possible(cls, request: HttpRequest, obj: User) -> bool:
        return not why_not_renew(staff(request), obj)

    def act(self) -> str:
        reason, name = str(self.WHY[self.cleaned_data["reason"]]), name_of(self.obj)
        link = renew(account=self.obj, by=self.by, factors=self.cleaned_data.get("factors", ()), reason=reason)
        if link is None:
            return _("It is taken away. %(name)s still has another one to sign in with.") % {"name": name}
        if mail_reaches(self.obj.email):
            return _("%(name)s gets a mail with a link.") % {"name": name}
        address = reverse("admin:staff_invitation_link", args=[link.pk])
        return format_html(_('No mail reaches {}. <a href="{}">Show the link to hand it over</a>'), name, address)


class Leave(VerbForm):
    """Asks for each thing that there is who goes on with it."""

    name = "leave"
    label = gettext_lazy("Record that they leave")
    permission = "change_user"
    refuses_itself = True
    explain = gettext_lazy(
        "What they work on goes to whom you name, in one act. Their account, sessions, second factors, links and calendar addresses are closed "
        "at once. Their name stays in the record, and their entry among the clinicians on the site until an editor takes it away."
    )
    saves_first = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for duty in left_with(self.obj):
            rows = list(duty.rows(self.obj)[:6])
            takers = duty.takers().exclude(pk=self.obj.pk).order_by("first_name", "last_name", "username")
            nobody = gettext_lazy("Nobody can take this over yet. Give somebody the role first, or leave it as it is.")
            names = ", ".join(str(row) for row in rows[:5]) + (" …" if len(rows) > 5 else "")
            self.fields[duty.name] = Colleague(
                label=f"{duty.label} ({duty.rows(self.obj).count()})",
                queryset=takers,
                required=takers.exists(),
                help_text=names if takers.exists() else f"{names}. {nobody}",
            )

    @classmethod
    def possible(cls, request: HttpRequest, obj: User) -> bool:
        return obj.is_active and not why_not_leave(staff(request), obj)

    def act(self) -> str:
        takers = {name: self.cleaned_data[name] for name in self.fields if self.cleaned_data[name]}
        leave(user=self.obj, by=self.by, takers=takers)
        handed = _("%(name)s left. What they worked on is with the colleagues you named.")
        return (handed if takers else _("%(name)s left.")) % {"name": name_of(self.obj)}


INVITES = gettext_lazy(
    "They get a mail with a link that works once, for three days. With it they choose a password and a second factor, and are in. "
    "Nothing is theirs before that. Whoever watches over rights is told."
)
INVITES_BY_HAND = gettext_lazy(
    "This site sends no mail. The next page gives you a link to hand over, which works once, for three days. With it they choose a password "
    "and a second factor, and are in. Nothing is theirs before that. Whoever watches over rights is told."
)


class PersonAdmin(VerbAdmin, PanelAdmin, RightsAdmin):
    change_form_template = "admin/auth/user/person.html"
    formfield_overrides = {models.EmailField: {"form_class": Email}, models.CharField: {"form_class": Prose}}
    rights = OF_ACCOUNTS
    told = ("email",)  # links to sign in go there
    form = AccountForm
    panels = PANELS
    list_display = ["username", "full_name", "roles", "factors", "state", "last_sign_in"]
    list_filter = ["is_active", "groups"]
    search_fields = ["username", "first_name", "last_name", "email"]
    ordering = ["username"]
    filter_horizontal = ["user_permissions"]
    fieldsets = [
        (None, {"fields": [("first_name", "last_name"), ("username", "email")]}),
        (gettext_lazy("Role and rights"), {"fields": ["groups", "is_active"]}),
        (
            gettext_lazy("Single permissions"),
            {"fields": ["is_staff", "is_superuser", "user_permissions"], "classes": ["collapse"]},
        ),
    ]

    def get_verbs(self) -> list[Any]:
        return [Renew, Leave]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups", "authenticator_set")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Nothing can be learned of a password's hash by filtering."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":  # without the widget that would add a role from here
            return RoleChoices(Group.objects.order_by("name"), label=gettext_lazy("Groups"), required=False)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description=gettext_lazy("name"), ordering="first_name")
    def full_name(self, row: User) -> str:
        return row.get_full_name()

    @admin.display(description=gettext_lazy("roles"))
    def roles(self, row: User) -> str:
        names = [group.name for group in row.groups.all()]
        return ", ".join([*([_("superuser")] if row.is_superuser else []), *names])

    @admin.display(description=gettext_lazy("second factor"))
    def factors(self, row: Any) -> str:
        own = {
            str(each.get_type_display())
            for each in row.authenticator_set.all()
            if each.type != Authenticator.Type.RECOVERY_CODES
        }
        return ", ".join(sorted(own)) or _("none")

    @admin.display(description=gettext_lazy("account"), ordering="is_active")
    def state(self, row: User) -> str:
        return _("in use") if row.is_active else _("closed")

    @admin.display(description=gettext_lazy("last sign-in"), ordering="last_login")
    def last_sign_in(self, row: User) -> str:
        return in_words(row.last_login) if row.last_login else "–"

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        own = OF_ACCOUNTS if obj and obj.pk == request.user.pk else ()
        return list(own or ([] if staff(request).is_superuser else ["is_superuser"]))

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        own = obj is not None and obj.pk == request.user.pk
        return [
            (title, options | {"description": OWN} if own and "groups" in options["fields"] else options)
            for title, options in super().get_fieldsets(request, obj)
        ]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and why_not_touch(staff(request), obj))

    def why_not_delete(self, request: HttpRequest, obj: User) -> str:
        return why_not_delete(staff(request), obj)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = InviteForm(request.POST if request.method == "POST" else None, by=staff(request))
        if form.is_valid():
            try:
                return self._invited(request, invite(by=staff(request), **form.cleaned_data))
            except Refused as refusal:
                form.add_error(None, str(refusal))
        verb = {"label": _("Invite"), "explain": INVITES if mail_goes_out() else INVITES_BY_HAND}
        context = {"title": _("Invite a colleague"), "verb": verb, "form": form, "opts": self.opts, "media": self.media}
        return TemplateResponse(request, "admin/verb.html", self.admin_site.each_context(request) | context)

    def _invited(self, request: HttpRequest, invitation: Invitation) -> HttpResponse:
        if not mail_reaches(invitation.email):
            return HttpResponseRedirect(reverse("admin:staff_invitation_link", args=[invitation.pk]))
        sentence = _("%(name)s gets a mail with a link. You see here when it is taken up.")
        messages.success(request, sentence % {"name": invitation.name})
        return HttpResponseRedirect(reverse("admin:staff_invitation_change", args=[invitation.pk]))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        obj = self.get_object(request, unquote(object_id))
        fault = why_not_touch(staff(request), obj) if obj and super().has_change_permission(request) else ""
        if fault and request.method == "POST":
            return refuse(request, obj, fault)
        title = {"title": name_of(obj), "show_save_and_add_another": False} if obj else {}
        return super().change_view(request, object_id, form_url, title | (extra_context or {}))
