"""Earlier times in the admin: hours that came free, the families that each fits, and who would come sooner at all."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_safe

from appointments import actions, status_text
from appointments.admin.base import NOT_CHOSEN, RequestVerb
from appointments.admin.due_dates import relative
from appointments.earlier_times import Family, families_for
from appointments.models import EarlierOffer, EarlierWish, OfferedTime, Request
from appointments.models.request import WORKS, is_visible_to
from appointments.time_text import short
from foundation.adminkit.idempotency import once
from foundation.adminkit.verbs import staff
from foundation.workflow import Refused

MOST = 20  # hours on the page, and families; the next come when these are dealt with


def freed_hours(user: User) -> QuerySet[OfferedTime]:
    """Those that the user may offer, the nearest first."""
    mine = OfferedTime.objects.came_free().filter(is_visible_to(user, "request__"))
    return mine.select_related("request__department", "clinician", "location", "room").order_by("starts_at", "pk")


def in_line(hour: OfferedTime) -> str:
    """As in “Tuesday, March 9, 10:00 am, Ana Example, MD, Main Campus”; without whose it was."""
    return ", ".join([short(hour.starts_at, hour.zone), str(hour.clinician), str(hour.location or _("by video"))])


def fit_in_words(families: list[Family]) -> str:
    """Without a name: the reference of the first, and how many there are."""
    if not families:
        return _("no family that would come sooner fits")
    return _("fits %(count)d, %(first)s waits longest") % {"count": len(families), "first": families[0].request}


@require_safe
@permission_required(WORKS, raise_exception=True)
def earlier(request: HttpRequest) -> HttpResponse:
    hours = _first(freed_hours(staff(request)))
    families = families_for(hours)
    wishes = EarlierWish.objects.waiting().filter(request__in=Request.objects.visible_to(staff(request)))
    wishes = wishes.select_related("request__department").prefetch_related("request__times", "request__earlier_offers__time")
    context = {
        "title": _("Earlier times"),
        "hours": [(hour, in_line(hour), fit_in_words(families[hour.pk])) for hour in hours],
        "wishes": [_wish_line(wish) for wish in _first(wishes)],
        "count": wishes.count(),
        "most": MOST,
    }
    return _render(request, "earlier", context)


def _first(rows: QuerySet[Any]) -> list[Any]:
    """As many as the page shows. What a line shows is fetched of these alone, and not of all that are put in order."""
    return list(rows.filter(pk__in=list(rows.values_list("pk", flat=True)[:MOST])))


def _wish_line(wish: EarlierWish) -> dict[str, Any]:
    visit = next(time for time in wish.request.times.all() if time.status == OfferedTime.Status.CONFIRMED)
    return {
        "request": wish.request,
        "visit": short(visit.starts_at, visit.zone),
        "since": relative(wish.request.received_at),
        "notice": wish.get_notice_days_display(),
        "calls": not wish.request.email_index,
        "paused": wish.is_paused(),
    }


class OfferHour(forms.Form):
    """To whom the hour is offered: the family that waits longest, or another and why."""

    family = forms.ChoiceField(
        label=gettext_lazy("Offer it to"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a family.")},
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("If not the first: why"), choices=[NOT_CHOSEN, *EarlierOffer.Reason.choices], required=False
    )

    def __init__(self, data: Any, *, families: list[Family]) -> None:
        super().__init__(data, label_suffix="")
        self.first = str(families[0].request.pk)
        choices: Any = self.fields["family"]
        choices.choices = [(str(family.request.pk), _in_words(family)) for family in families]
        choices.initial = self.first

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if answers.get("family", self.first) != self.first and not answers.get("reason"):
            self.add_error("reason", _("Another family waits longer. Say why this one comes first."))
        return answers


def _in_words(family: Family) -> str:
    words = _("%(reference)s, asked %(since)s, visit now %(visit)s, held until %(until)s")
    zone = family.request.department.time_zone
    text = words % {
        "reference": family.request,
        "since": relative(family.request.received_at),
        "visit": short(family.visit.starts_at, family.visit.zone),
        "until": relative(family.held_until, zone),
    }
    return text if family.request.email_index else _("%(family)s; no email: call them") % {"family": text}


@once
@permission_required(WORKS, raise_exception=True)
def hour(request: HttpRequest, pk: int) -> HttpResponse:
    """One hour: offers it, or keeps it back."""
    rows = OfferedTime.objects.select_related("request__department", "clinician", "location", "room")
    freed = get_object_or_404(rows, pk=pk)
    if not Request.objects.visible_to(staff(request)).filter(pk=freed.request_id).exists():
        raise PermissionDenied
    is_free = OfferedTime.objects.came_free().filter(pk=freed.pk).exists()
    families = families_for([freed])[freed.pk] if is_free else []
    form = OfferHour(request.POST if request.POST.get("do") == "offer" else None, families=families) if families else None
    if request.method == "POST" and is_free and (answer := _act(request, freed, form)):
        return answer
    line = in_line(freed)
    context = {"title": _("This time came free"), "subtitle": line, "line": line, "where": status_text.when(freed)}
    return _render(request, "earlier_hour", context | {"freed": freed, "is_free": is_free, "form": form})


def _act(request: HttpRequest, freed: OfferedTime, form: OfferHour | None) -> HttpResponse | None:
    """What follows; None shows the page again."""
    if request.POST.get("do") == "keep":
        actions.keep_back(freed=freed, by=staff(request))
        messages.success(request, _("The hour is offered to nobody."))
        return redirect("admin:earlier")
    if form is None or not form.is_valid():
        return None
    row = Request.objects.get(pk=form.cleaned_data["family"])
    try:
        offer = actions.offer_earlier(request=row, by=staff(request), freed=freed, reason=form.cleaned_data["reason"])
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:earlier_hour", freed.pk)
    until = relative(offer.time.expires_at, row.department.time_zone)
    words = _("Held for %(reference)s until %(until)s. The family is written to.")
    if not row.email_index:
        words = _("Held for %(reference)s until %(until)s. It has no email address: call now, then press what they say.")
    messages.success(request, words % {"reference": row, "until": until})
    return redirect(reverse("admin:appointments_request_change", args=[row.pk]) if not row.email_index else "admin:earlier")


def _render(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    whole = admin.site.each_context(request) | {"is_nav_sidebar_enabled": False} | context
    return TemplateResponse(request, f"admin/appointments/{name}.html", whole)


class WantsEarlier(RequestVerb):
    name = "earlier"
    label = gettext_lazy("Earlier times")
    explain = gettext_lazy("The family said so on the phone. Its visit stays as it is, unless it takes an earlier one.")
    action = staticmethod(actions.wish_earlier)
    done = gettext_lazy("Noted.")

    notice = forms.ChoiceField(
        label=gettext_lazy("Notice that they need"),
        choices=[
            NOT_CHOSEN,
            *((str(days), label) for days, label in EarlierWish.Notice.choices),
            ("none", gettext_lazy("They want no earlier time")),
        ],
        error_messages={"required": gettext_lazy("Choose how much notice they need.")},
    )

    @classmethod
    def possible(cls, request: HttpRequest, obj: Request) -> bool:
        return obj.is_open and obj.times.standing().exists()

    @classmethod
    def label_for(cls, obj: Request) -> str:
        """Says what the family wants, as far as we know."""
        wish = EarlierWish.objects.filter(request=obj, ended_at=None).first()
        return _("Earlier times: yes, notice %(days)d days") % {"days": wish.notice_days} if wish else str(cls.label)

    def act(self) -> str:
        notice, seen = self.cleaned_data["notice"], self.cleaned_data["seen"]
        self.call(notice_days=None if notice == "none" else int(notice), seen=seen)
        return str(self.done)


class TakesEarlier(RequestVerb):
    """The answer of a family on the phone."""

    name = "takes-earlier"
    label = gettext_lazy("They take the earlier time")
    action: Callable[..., Any] = staticmethod(actions.take_earlier)
    done = gettext_lazy("The earlier time is theirs, and their visit before is free.")
    at_once = True

    @classmethod
    def possible(cls, request: HttpRequest, obj: Request) -> bool:
        return obj.is_open and obj.times.on_offer().filter(earlier_offer__isnull=False).exists()


class DeclinesEarlier(TakesEarlier):
    """Only beside a visit that they can keep."""

    name = "declines-earlier"
    label = gettext_lazy("They keep their visit")
    action = staticmethod(actions.decline_earlier)
    done = gettext_lazy("They keep their visit. The earlier time is free for the next family.")

    @classmethod
    def possible(cls, request: HttpRequest, obj: Request) -> bool:
        return super().possible(request, obj) and obj.times.standing().exists()
