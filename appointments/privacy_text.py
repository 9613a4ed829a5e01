"""What the form promises about a family's answers: who reads them, and how long we keep them.

The sentences are made of the rights and settings that hold now, so that a promise cannot outlive the rule it rests on.
"""

from collections import defaultdict

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db.models import Q
from django.utils.text import get_text_list
from django.utils.translation import gettext as _, ngettext

from appointments.models import ReceivingSystem
from appointments.models.draft import KEPT
from appointments.models.request import ERASES, MAY_LOOK, SEES_ALL, WORKS


def promises() -> list[str]:
    readers = get_text_list(_readers(), _("and"))
    return [
        _("Your answers are read by %(readers)s. Each reading is recorded.") % {"readers": readers},
        *([passed_on()] if ReceivingSystem.objects.active().exists() else []),
        kept_unsent(),
        _kept_sent(),
    ]


def passed_on() -> str:
    return str(_("What you send also goes to our hospital’s own appointment system, which keeps it by its own rules."))


def kept_unsent() -> str:
    hours = KEPT.days * 24 + KEPT.seconds // 3600
    sentence = ngettext(
        "We keep answers that you have not sent for %(hours)d hour, then we delete them.",
        "We keep answers that you have not sent for %(hours)d hours, then we delete them.",
        hours,
    )
    return sentence % {"hours": hours}


def _kept_sent() -> str:
    days = settings.RETENTION_DAYS
    sentence = ngettext(
        "What you sent we delete %(days)d day after your request is closed.",
        "What you sent we delete %(days)d days after your request is closed.",
        days,
    )
    return sentence % {"days": days}


def _readers() -> list[str]:
    """Whom the case lets read (`Request.objects.visible_to`, `MAY_LOOK`), by the rights of every role and of single persons."""
    rights = _rights()
    see_all = [own for own in rights if SEES_ALL in own]
    readers = {
        _("the people who arrange visits in the department that you ask"): any(SEES_ALL not in own for own in rights),
        _("those who lead them"): any(WORKS in own for own in see_all),
        _("our privacy officers"): any(ERASES in own for own in see_all),
        _("other people of our staff whom we allow it"): any(own.isdisjoint({WORKS, ERASES}) for own in see_all),
        _("the few who run this website"): True,  # superusers
    }
    return [who for who, may in readers.items() if may]


def _rights() -> list[set[str]]:
    """What each role, and each person beside their roles, may do with requests. Two queries."""
    codenames = [right.partition(".")[2] for right in (*MAY_LOOK, SEES_ALL)]
    matters = Q(permission__content_type__app_label="appointments", permission__codename__in=codenames)
    of_roles = Group.permissions.through.objects.filter(matters).values_list("group", "permission__codename")
    of_people = User.user_permissions.through.objects.filter(matters, user__is_active=True)
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for kind, rows in (("role", of_roles), ("person", of_people.values_list("user", "permission__codename"))):
        for pk, codename in rows:
            found[kind, pk].add(f"appointments.{codename}")
    return list(found.values())
