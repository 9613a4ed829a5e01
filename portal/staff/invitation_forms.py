"""The forms of an invitation: what the one who invites says, and what the one who comes sets."""

from typing import Any

from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret, validate_totp_code
from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from directory.models import Clinician
from foundation.privacy.fields import Sealed, seal, unseal
from foundation.privacy.keys import Unreadable
from portal.staff.models import Invitation
from portal.staff.rights import roles_to_give
from portal.staff.roles import NAMES
from portal.staff.second_factors import without_gaps

PASSKEY = "passkey"


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
            "name": _("As colleagues say it, like “Dana Sample”."),
            "departments": _("For coordinators: whose requests they work on."),
            "clinician": _("For who signs off text or sees children: their entry among the clinicians."),
        }

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.fields["email"].required = True
        role, clinician = self.fields["role"], self.fields["clinician"]
        role.queryset, role.empty_label, role.required = roles_to_give(by).order_by("name"), None, True  # type: ignore[attr-defined]
        clinician.queryset = Clinician.objects.filter(user=None)  # type: ignore[attr-defined]
        for name, permission in {
            "departments": "directory.name_coordinators",
            "clinician": "directory.change_clinician",
        }.items():
            if not by.has_perm(permission):
                del self.fields[name]


class JoinForm(SetPasswordForm):
    """A password; and, where the account has no second factor yet, an app's code, unless it is to be a passkey.

    The app's secret stands sealed in the page, so that showing it stores nothing; it is bound to this link.
    """

    sealed = forms.CharField(widget=forms.HiddenInput, required=False)
    code = forms.CharField(
        label=_("Code that the app shows"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, user: User, data: Any = None, *, token_hash: str, asks_factor: bool) -> None:
        super().__init__(user, data)
        self.context, self.asks_factor = f"invitation {token_hash}", asks_factor
        self.app_secret = self._sent_secret() or generate_totp_secret()
        self.fields["new_password1"].label = _("Password")
        self.fields["new_password2"].label = _("The same password again")
        if not asks_factor:
            del self.fields["code"]

    @property
    def sealed_secret(self) -> str:
        return seal(self.app_secret, context=self.context)

    @property
    def app_address(self) -> str:
        """By which an app on this very phone takes the secret."""
        return mfa_adapter().build_totp_url(self.user, self.app_secret)

    @property
    def picture(self) -> str:
        return mfa_adapter().build_totp_svg(self.app_address)

    @property
    def sets_up_app(self) -> bool:
        return self.asks_factor and PASSKEY not in self.data

    def clean_code(self) -> str:
        typed = without_gaps(self.cleaned_data["code"])
        if not self.sets_up_app:
            return ""
        if not typed:
            raise ValidationError(_("Type the six digits that the app shows now."), "required")
        if not validate_totp_code(self.app_secret, typed):
            raise ValidationError(_("This is not the code that the app shows now. Try the next one."), "code")
        return typed

    def _sent_secret(self) -> str:
        try:
            return unseal(Sealed(self.data.get("sealed", "")), context=self.context)
        except Unreadable:
            return ""
