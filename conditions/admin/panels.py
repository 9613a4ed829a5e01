"""What stands on the page of an edition beside its form: who else has it open, how it stands, comments, and what happened."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conditions.edition_log import describe, planned_in_words
from conditions.models import Edition, EditionEvent, Presence
from conditions.models.edition import PUBLISHED
from foundation.adminkit.panels import BESIDE, TOP, Panel
from foundation.adminkit.verbs import staff
from foundation.workflow import name_of

LATEST = 12


class PresencePanel(Panel):
    """Who else has the draft open. The page asks again every half minute (`admin-presence.js`)."""

    template = "admin/conditions/edition/_presence.html"
    place = TOP

    def context(self, request: HttpRequest, obj: Edition) -> dict[str, Any] | None:
        return {"others_present": self._others(request, obj)} if obj.is_open else None

    def urls(self) -> list[URLPattern]:
        return [self.path("<path:object_id>/presence/", require_POST(self.presence_view), "presence")]

    def presence_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Keeps that the page is open and answers who else is there, also for who may only read. It keeps no sign-in alive."""
        edition = self.find(request, object_id)
        if not edition.is_open:
            raise PermissionDenied
        Presence.objects.record(edition, staff(request))
        return JsonResponse({"words": self._others(request, edition)})

    def _others(self, request: HttpRequest, edition: Edition) -> str:
        """In sentences; "" if nobody else has it open."""
        return " ".join(
            _("%(name)s has this draft open too, since %(time)s.")
            % {"name": name_of(row.user), "time": time_format(timezone.localtime(row.since), "H:i")}
            for row in Presence.objects.others(edition, staff(request))
        )


class StatePanel(Panel):
    """What the status means for the text, why it was sent back, and what waits for an answer."""

    template = "admin/conditions/edition/_state.html"
    place = TOP

    class Media:
        css = {"all": ["css/admin-edition.css"]}

    def context(self, request: HttpRequest, obj: Edition) -> dict[str, Any]:
        if not obj.is_open:
            return {"note": PUBLISHED}
        is_signed = _("This text is signed off. If you change a word of it, it must be signed off again.")
        return {
            "note": is_signed if obj.signed_digest else "",
            "sent_back": self._sent_back(obj),
            "planned": planned_in_words(obj),
        }

    def _sent_back(self, edition: Edition) -> dict[str, Any] | None:
        last = edition.events.filter(verb__in=EditionEvent.MOVES).last()
        is_back = last and last.verb == "sent back" and edition.status == Edition.Status.DRAFT
        return describe(last) if last and is_back else None


class CommentsPanel(Panel):
    template = "admin/conditions/edition/_comments.html"
    place = BESIDE

    def context(self, request: HttpRequest, obj: Edition) -> dict[str, Any]:
        comments = list(obj.comments.select_related("answered_by"))
        return {"comments": comments, "unanswered": sum(not comment.answer for comment in comments)}


class LogPanel(Panel):
    template = "admin/conditions/edition/_log.html"
    place = BESIDE

    def context(self, request: HttpRequest, obj: Edition) -> dict[str, Any]:
        return {"log": [describe(event) for event in obj.events.order_by("-pk")[:LATEST]]}
