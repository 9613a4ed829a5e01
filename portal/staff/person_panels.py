"""What the page of a person shows beside their rights: how they sign in, what they work on, whom they invited."""

from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.db.models import Model
from django.http import HttpRequest

from foundation.adminkit.panels import TOP, Panel
from foundation.audit.models import Record
from foundation.duties import DUTIES, Duty
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
