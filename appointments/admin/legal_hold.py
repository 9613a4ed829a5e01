"""Placing and lifting a legal hold, on the case of a request."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.actions.legal_hold import lift_hold, place_hold
from appointments.admin.base import RequestVerb, words_box
from appointments.models import Request
from foundation.prose.days import Day


class PlaceHold(RequestVerb):
    name = "hold"
    label = gettext_lazy("Place a legal hold")
    explain = gettext_lazy("Until its last day nobody erases this request, and neither does the retention period.")
    permission = "erase_request"
    until_erased = True

    reason = words_box(gettext_lazy("Why"), gettext_lazy("Which matter it is for. Only privacy officers read it here."))
    until = Day(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("After it the retention period counts again. Place a new hold to go on."),
    )

    @classmethod
    def label_for(cls, obj: Request) -> str:
        return _("Change the legal hold") if obj.standing_hold else str(cls.label)

    def act(self) -> str:
        answers = self.cleaned_data
        hold = place_hold(request=self.obj, by=self.by, reason=answers["reason"], until=answers["until"])
        return _("Nothing of this request is erased until %(day)s.") % {"day": hold.last_day}


class LiftHold(RequestVerb):
    name = "lift-hold"
    label = gettext_lazy("Lift the legal hold")
    explain = gettext_lazy("The retention period counts again: what is past it is erased in the coming night.")
    permission = "erase_request"

    @classmethod
    def possible(cls, request: HttpRequest, obj: Request) -> bool:
        return obj.standing_hold is not None

    def act(self) -> str:
        lift_hold(request=self.obj, by=self.by)
        return _("The legal hold is lifted.")
