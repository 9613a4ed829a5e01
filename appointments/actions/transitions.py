"""The one place where a request's status changes: allowed, by one person at a time, with its event."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import business_hours
from appointments.handover.actions import post_to_systems
from appointments.models import FamilyAct, OfferedTime, Request, RequestEvent
from appointments.models.request import WORKS
from appointments.readers import READERS
from foundation.audit.actions import record
from foundation.outbox.actions import post
from foundation.workflow import Refused, Who, change_status, check_permission

FAMILY = "family"
Act = FamilyAct.What
# They change the request's version: who moves it on has seen them.
ACTS_THAT_MOVE = (Act.WITHDREW, Act.ACCEPTED, Act.OTHER_TIMES)
AFTER_LAPSE = {"lapsed", "reopened", "came", "missed"}  # verbs that the clock does not stop
# What changes nothing of what the hospital's systems are given.
UNTOLD_TO_SYSTEMS = {"took", "assigned", "gave back", "tried", "offered", "offered earlier", "asked", "other times"}
HEARD_FROM_US = {"offered", "confirmed", "asked", "closed"}  # verbs of staff by which a family first hears from a person


def move(
    request: Request,
    *,
    to: str,
    by: Who,
    verb: str,
    due_at: datetime | None,
    seen: int | None = None,
    reached: bool = False,
    **facts: Any,
) -> RequestEvent:
    """Changes the status and what goes with it, if the row is still as the caller saw it, and writes the event.

    `seen` is the version on the screen of the person who acts; None means that of `request`. `reached` tells that staff spoke
    with the family. The times are as they shall be. Raises Refused.
    """
    refuse_if_erased(request)
    if request.has_lapsed and verb not in AFTER_LAPSE:
        refuse_if_closed(request)
    now, person = timezone.now(), by if isinstance(by, User) else None
    if not request.first_contact_at and (reached or (verb in HEARD_FROM_US and person)):
        minutes = business_hours.minutes_between(request.department, request.received_at, now)
        facts |= {"first_contact_at": now, "first_contact_minutes": minutes}
    facts |= {"due_at": due_at, "lapses_at": lapse_of(request, to, due_at)}
    words = _("This request is “%(status)s” now, so that is not possible.") % {"status": request.get_status_display()}
    seen = request.version if seen is None else seen
    before = change_status(
        request, to, unless=words, overtaken=lambda: changed_meanwhile(request, by=by), seen=seen, may_stay=True, **facts
    )
    moved = {"before": before, "after": to, "due_before": request.due_at, "holder": facts.get("taken_by", request.taken_by)}
    event = RequestEvent.objects.create(request=request, verb=verb, by=person, at=now, **moved)
    if person:
        mark_acts_seen(request)
    record(by=by, verb=verb, obj=request)
    request.refresh_from_db()
    if verb not in UNTOLD_TO_SYSTEMS:
        post_to_systems(request)
    return event


def lapse_of(request: Request, status: str, due_at: datetime | None) -> datetime | None:
    """When it ends by itself unless somebody says how its visit ended; None where there is none, or a family waits for us."""
    visit = request.times.filter(status=OfferedTime.Status.CONFIRMED).first()
    if status != Request.Status.CONFIRMED or due_at or visit is None:
        return None
    held = [time.expires_at for time in request.times.on_offer()]
    return max([visit.ends_at + timedelta(days=request.department.days_until_ended), *held])


def refuse_if_closed(request: Request) -> None:
    if not request.is_open:
        raise Refused(_("This request is closed. Open it again first."))


def refuse_if_erased(request: Request) -> None:
    """Raises Refused once the personal data is erased: what came after it would never be."""
    if request.erased_at:
        raise Refused(_("What the family told us is erased. Nothing can be added any more."))


def refuse_if_changed(row: Request, seen: int) -> None:
    if row.version != seen:
        raise Refused(changed_meanwhile(row))


def changed_meanwhile(request: Request, *, by: Who | None = None) -> str:
    """Who did what since, in words for the one who comes second. A family is not told the name of a staff account."""
    if by == FAMILY:
        return _("Something changed on your request meanwhile. Look at it again; nothing you typed was sent.")
    last = RequestEvent.objects.filter(request=request).select_related("by").last()
    who = last.by.get_username() if last and last.by else _("The family")
    return _("%(who)s changed this request meanwhile. Look at it again; nothing you typed was sent.") % {"who": who}


def check_access(by: Who, request: Request, permission: str = WORKS) -> None:
    check_permission(by, permission)
    if isinstance(by, User) and not Request.objects.visible_to(by).filter(pk=request.pk).exists():
        raise PermissionDenied(permission)


def lock_request(request: Request) -> Request:
    """The row as it stands now, held until the transaction ends.

    Everybody locks in one order, or two could wait for each other: clinicians, rooms, requests by number, then what belongs
    to a request, the audit record last. Nothing is joined: PostgreSQL loses a row whose joined row is another after the wait.
    """
    return Request.objects.select_for_update(no_key=True).get(pk=request.pk)


def notify_family(request: Request, kind: str, *, at: datetime | None = None, **detail: int) -> None:
    if request.email_index:
        post(kind=kind, object_id=request.pk, language=request.site_language, at=at, **detail)


def inform(
    request: Request,
    act: str,
    *,
    visit: OfferedTime | None = None,
    freed: OfferedTime | None = None,
    colleague: User | None = None,
    **detail: Any,
) -> None:
    """Posts the mails that `READERS` names for the act. In its transaction; the `detail` is for the family's mail.

    `visit` stands by it, and `freed` no longer does; the `colleague` is not who acts.
    """
    readers = READERS[act]
    if readers.family:
        notify_family(request, readers.family, **detail)
    if readers.department == "inbox" and request.department.inbox:
        post(kind="inbox", object_id=request.pk)
    if readers.clinician:
        inform_clinicians(request, visit=visit, freed=freed)
    if readers.colleague and colleague and colleague.email:
        post(kind=readers.colleague, object_id=request.pk, user=colleague.pk, event=detail["event"])


def inform_clinicians(request: Request, *, visit: OfferedTime | None, freed: OfferedTime | None) -> None:
    """One clinician whose visit was moved reads of both in one mail."""
    if visit and visit.clinician.mail_address:
        post(kind="visit", object_id=request.pk, time=visit.pk)
    if freed and freed.clinician.mail_address and not (visit and visit.clinician == freed.clinician):
        post(kind="visit_off", object_id=request.pk, time=freed.pk)


def report_act(request: Request, what: str, *, taken: OfferedTime | None = None, freed: OfferedTime | None = None) -> None:
    """What a family does waits on the staff's first page, and a mail without personal data leaves.

    `taken` and `freed` are the visit that is theirs by it, and the one that no longer is.
    """
    act = FamilyAct.objects.create(request=request, what=what, taken=taken, freed=freed)
    if request.department.inbox:
        post(kind=READERS[what].department, object_id=request.pk, act=act.pk)


def mark_acts_seen(request: Request, *, upto: int | None = None) -> int:
    """Acts up to the number `upto` wait no longer; without it those that a colleague answers by moving the request."""
    unseen = request.family_acts.unseen()
    unseen = unseen.filter(what__in=ACTS_THAT_MOVE) if upto is None else unseen.filter(pk__lte=upto)
    return unseen.update(seen_at=timezone.now())
