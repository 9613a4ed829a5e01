"""The verbs on a case whose request a system of the hospital refused, or did not take."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from appointments import actions
from appointments.admin.base import RequestVerb
from appointments.models import HandOver, Request
from foundation.prose.boxes import Prose


class SendAgain(RequestVerb):
    name = "send-to-system"
    label = _("Send to the hospital’s system again")
    explain = _("As the request stands now. Until it is taken, it stays on your list.")
    action = staticmethod(actions.send_to_systems_again)
    done = _("It waits for the system again.")

    @classmethod
    def possible(cls, request: HttpRequest, obj: Request) -> bool:
        return HandOver.objects.unanswered().filter(request=obj).exists()


class EnterByHand(SendAgain):
    name = "entered-by-hand"
    label = _("I entered it by hand")
    explain = _("You entered the request in the hospital’s system yourself. It leaves your list.")
    action = staticmethod(actions.enter_by_hand)
    done = _("Noted. Nothing waits for the system any more.")

    number = Prose(label=_("Their number"), required=False, max_length=100, help_text=_("If the system gave it one."))
