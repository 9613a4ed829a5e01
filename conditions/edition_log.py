"""The log of an edition as sentences: who did what with it, and when."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from conditions.models import Edition, EditionEvent, PlannedApproval
from foundation.workflow import name_of

SENTENCES: dict[str, str | Promise] = {
    "started a draft of": gettext_lazy("%(who)s started this draft on %(when)s."),
    "restored": gettext_lazy("%(who)s started this draft from version %(words)s on %(when)s."),
    "changed": gettext_lazy("%(who)s changed this draft on %(when)s: %(words)s."),
    "imported": gettext_lazy("%(who)s brought this text in on %(when)s."),
    "submitted": gettext_lazy("%(who)s submitted this text for sign-off on %(when)s."),
    "followed the newer English of": gettext_lazy("%(who)s began to follow English version %(words)s on %(when)s."),
    "took back": gettext_lazy("%(who)s took this text back on %(when)s."),
    "sent back": gettext_lazy("%(who)s sent this text back on %(when)s:"),
    "signed off": gettext_lazy("%(who)s signed this text on %(when)s."),
    "voided the sign-off of": gettext_lazy("%(who)s changed this text on %(when)s, so the signature no longer counts."),
    "carried over a signature": gettext_lazy("%(who)s used an earlier signature of exactly this text on %(when)s: %(words)s."),
    "approved": gettext_lazy("%(who)s approved this text on %(when)s. Visitors see it from %(words)s."),
    "approved ahead": gettext_lazy(
        "%(who)s approved this text ahead on %(when)s. Once it is signed, visitors see it from %(words)s."
    ),
    "took back the approval of": gettext_lazy("%(who)s took the approval ahead back on %(when)s."),
    "took off the schedule": gettext_lazy("%(who)s decided on %(when)s to show this text at another time, or not yet."),
    "withdrew": gettext_lazy("%(who)s withdrew this version on %(when)s:"),
    "commented": gettext_lazy("%(who)s commented on %(when)s:"),
    "answered": gettext_lazy("%(who)s answered a comment on %(when)s:"),
    "shared": gettext_lazy("%(who)s made a preview link for %(words)s on %(when)s."),
    "revoked": gettext_lazy("%(who)s ended the preview link for %(words)s on %(when)s."),
}
OTHER = gettext_lazy("%(who)s on %(when)s: %(verb)s.")
SIGNED_FOR = gettext_lazy("%(who)s kept the signature of %(words)s on %(when)s.")


def describe(event: EditionEvent) -> dict[str, Any]:
    """`sentence`, and `quote`: the person's own words where the sentence does not hold them."""
    is_signed_for = event.verb == "signed off" and event.words
    sentence = str(SIGNED_FOR if is_signed_for else SENTENCES.get(event.verb, OTHER))
    facts = {"who": event.who, "verb": event.verb, "when": time_in_words(event.at), "words": _words(event)}
    return {"sentence": sentence % facts, "quote": "" if "%(words)s" in sentence else event.words}


def _words(event: EditionEvent) -> str:
    if event.verb in {"approved", "approved ahead"} and event.words:
        return moment_in_words(datetime.fromisoformat(event.words))
    return _("then on") if event.verb == "approved ahead" else event.words


def planned_in_words(edition: Edition) -> str:
    """What the last signature brings about, where somebody approved the text ahead; "" where nobody did."""
    planned = PlannedApproval.objects.filter(edition=edition).select_related("by", "edition").first()
    if planned is None or not edition.is_open:
        return ""
    if not planned.counts:
        return _("The approval ahead counts no more, because the text was changed since, or who gave it may not approve.")
    facts = {"who": name_of(planned.by), "moment": moment_in_words(planned.publish_at) if planned.publish_at else ""}
    if planned.publish_at and planned.publish_at > timezone.now():
        return _("%(who)s approved this text ahead: once all have signed, visitors see it from %(moment)s.") % facts
    return _("%(who)s approved this text ahead: once all have signed, visitors see it.") % facts


def time_in_words(at: datetime) -> str:
    """Day and time on the site's clock, like “8 Sep 2026 at 10:14”."""
    local = timezone.localtime(at)
    return _("%(day)s at %(time)s") % {"day": date_format(local, "j M Y"), "time": date_format(local, "H:i")}


def moment_in_words(at: datetime) -> str:
    """On the site's clock, which it names: “Tuesday 24 November 2026, 9:00 am, New York time”."""
    local = timezone.localtime(at)
    return _("%(day)s, %(hour)s:%(minute)s %(half)s, %(city)s time") % {
        "day": date_format(local, "l j F Y"),
        "hour": local.hour % 12 or 12,
        "minute": f"{local.minute:02}",
        "half": _("am") if local.hour < 12 else _("pm"),
        "city": settings.TIME_ZONE.rpartition("/")[2].replace("_", " "),
    }
