"""What we write to families and coordinators: reference, phone, time and place. Never who, what for, or a word they typed.

Templates see only the few facts named here, never the request; a message that is no longer true is not sent.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.mime.text import MIMEText
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import status_text, times
from appointments.models import ContactAttempt, FamilyAct, Note, OfferedTime, Request
from foundation.outbox.models import Message
from foundation.outbox.recipients import recipient

Status = Request.Status
Facts = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of message: its subject, whether it is (still) true, what its template is told, if a calendar file goes along.

    And its reader, by default the family, who alone is given the link to the private page.
    """

    subject: Any
    is_true: Callable[[Request, Message], bool]
    facts: Callable[[Request, Message], Facts] = field(default=lambda request, message: {})
    calendar: bool = False
    to: Callable[[Request, Message], str] | None = None


def compose(message: Message) -> EmailMessage | None:
    """The mail, in the language that is active; None if it is no longer true or there is nobody to write to."""
    request, kind = _request(message), KINDS[message.kind]
    if not request or request.erased_at or not kind.is_true(request, message):
        return None
    to = kind.to(request, message) if kind.to else request.email
    if not to:
        return None
    subject, text, html = _parts(request, message)
    mail = EmailMultiAlternatives(
        subject, text, to=[recipient(to)], reply_to=settings.REPLY_TO, headers={"Auto-Submitted": "auto-generated"}
    )
    mail.attach_alternative(html, "text/html")
    if kind.calendar:
        _attach_calendar(mail, request, message)
    return mail


def preview(message: Message) -> tuple[str, str, str]:
    """Subject, text and HTML as the family sees them, true or not; says so where the personal data is erased by now."""
    request = _request(message)
    with translation.override(message.language):
        if request is None or request.erased_at:
            gone = _("This message can no longer be shown: what the family told us was erased.")
            return gone, gone, ""
        return _parts(request, message)


def page_link(request: Request) -> str:
    """The whole address of the private page, in the language that is active. It is a secret: for the family alone."""
    return settings.LINK_BASE + reverse("appointments:mine", args=[request.link])


def _request(message: Message) -> Request | None:
    return Request.objects.select_related("department").filter(pk=message.object_id).first()


def _parts(request: Request, message: Message) -> tuple[str, str, str]:
    """The HTML part is made of the paragraphs of the text, so that both say the same."""
    kind = KINDS[message.kind]
    subject = str(kind.subject) % {"reference": request.reference}
    facts = {
        "reference": request.reference,
        "phone": request.department.phone,
        "promise": status_text.promise(request),
        "link": "" if kind.to else page_link(request),
        "site_name": settings.SITE_NAME,
        "emergency_phone": settings.EMERGENCY_PHONE,
        "grown": request.asker == Request.Asker.PATIENT,
        **kind.facts(request, message),
    }
    text = render_to_string(f"appointments/mail/{message.kind}.txt", facts, using="text").strip() + "\n"
    context = {"subject": subject, "paragraphs": text.strip().split("\n\n"), "language": translation.get_language()}
    return subject, text, render_to_string("appointments/mail/letter.html", context, using="django")


def _attach_calendar(mail: EmailMessage, request: Request, message: Message) -> None:
    """The visit as it stands now, or its cancellation if there was one; nothing if there never was a visit, or it is over."""
    ever = request.times.exclude(status__in=[OfferedTime.Status.OFFERED, OfferedTime.Status.RELEASED]).order_by("-pk")
    confirmed = ever.filter(status=OfferedTime.Status.CONFIRMED)
    cancelled = ever.filter(status=OfferedTime.Status.CANCELLED, pk=message.detail.get("time"))
    time = confirmed.first() or cancelled.first() or ever.first()
    if time is None or time.status not in {OfferedTime.Status.CONFIRMED, OfferedTime.Status.CANCELLED}:
        return
    from appointments import calendar_file  # 4 MB with icalendar, for `deliver`

    method = calendar_file.REQUEST if time.status == OfferedTime.Status.CONFIRMED else calendar_file.CANCEL
    time.request = request
    part = MIMEText(calendar_file.made(time, method=method, link=page_link(request)).decode(), "calendar", "utf-8")
    part.set_param("method", method)
    part.add_header("Content-Disposition", "attachment", filename="appointment.ics")
    mail.attach(part)


def _visit(time: OfferedTime) -> Facts:
    return {
        "when": status_text.when(time),
        "place": status_text.place(time),
        "minutes": status_text.lasts(time),
        "by_video": time.is_virtual,
    }


def _of_its_time(request: Request, message: Message) -> Facts:
    """A visit after one that is over is another visit, and not the same at a new time."""
    time = _times(request).filter(pk=message.detail["time"]).first()
    over = request.times.filter(status__in=[OfferedTime.Status.OVER, OfferedTime.Status.CAME, OfferedTime.Status.MISSED])
    return {"moved": request.calendar_sequence > 0 and not over.exists(), **(_visit(time) if time else {})}


def _of_its_offer(request: Request, message: Message) -> Facts:
    return {"times": [_visit(time) for time in _times(request).on_offer()]}


def _of_its_attempt(request: Request, message: Message) -> Facts:
    tried = request.attempts.filter(pk=message.detail["attempt"]).first()
    return {"tried": status_text.attempt(tried, request.department.time_zone) if tried else ""}


def _of_its_step(request: Request, message: Message) -> Facts:
    step = request.steps.filter(pk=message.detail["step"]).first()
    return {"what": status_text.done(step.verb) if step else ""}


def _of_the_change(request: Request, message: Message) -> Facts:
    """With the visit that stands now, else the one that the change took away."""
    stands = _times(request).standing().first()
    visit = stands or _times(request).filter(pk=message.detail.get("time")).first()
    return _of_its_step(request, message) | {"stands": bool(stands)} | (_visit(visit) if visit else {})


def _of_its_end(request: Request, message: Message) -> Facts:
    """With the visit that was cancelled, and whether the family finds our reason on its page."""
    cancelled = _times(request).filter(pk=message.detail.get("time")).first()
    return {"reason": bool(request.closing_words)} | (_visit(cancelled) if cancelled else {})


def _times(request: Request) -> Any:
    return request.times.select_related("location", "request")


def _open(request: Request, message: Message) -> bool:
    return request.is_open


def _always(request: Request, message: Message) -> bool:
    return True


def _unanswered(request: Request, message: Message) -> bool:
    """The question stands, and the family has not written since."""
    last = request.notes.exclude(kind=Note.Kind.STAFF).last()
    return request.is_open and last is not None and last.kind == Note.Kind.QUESTION


def _last_attempt(request: Request, message: Message) -> bool:
    last = ContactAttempt.objects.filter(request=request, step__undone=False).last()
    return request.is_open and last is not None and last.pk == message.detail["attempt"]


def _on_offer(request: Request, message: Message) -> bool:
    newest = request.steps.filter(verb="offered").last()
    current = newest is not None and newest.pk == message.detail["step"]
    return current and request.is_open and request.times.on_offer().exists()


def _confirmed(request: Request, message: Message) -> bool:
    return request.times.filter(pk=message.detail["time"], status=OfferedTime.Status.CONFIRMED).exists()


def _to_come(request: Request, message: Message) -> bool:
    """The visit stands as it was when the reminder was posted, lies ahead, and the next reminder is not due yet."""
    stands = _confirmed(request, message) and request.calendar_sequence == message.detail["sequence"]
    ahead = request.times.filter(pk=message.detail["time"], starts_at__gt=timezone.now()).exists()
    return stands and ahead and timezone.now() < message.leave_at + timedelta(days=1)


def _closed(request: Request, message: Message) -> bool:
    last = request.steps.filter(after=Status.CLOSED).last()
    return request.status == Status.CLOSED and last is not None and last.pk == message.detail["step"]


def _waits(request: Request, message: Message) -> bool:
    return request.status in {Status.RECEIVED, Status.READING} and request.taken_by_id is None


def _inbox(request: Request, message: Message) -> str:
    return request.department.inbox


def _former(request: Request, message: Message) -> str:
    return str(request.read("contact")["former"][message.detail["former"]])


def _queue(request: Request, message: Message) -> Facts:
    return {"queue": settings.LINK_BASE + reverse("admin:appointments_request_change", args=[request.pk])}


def _act(request: Request, message: Message) -> FamilyAct | None:
    return request.family_acts.select_related("taken", "freed").filter(pk=message.detail["act"]).first()


def _unseen(request: Request, message: Message) -> bool:
    """Nobody has seen it yet."""
    act = _act(request, message)
    return act is not None and act.seen_at is None


def _of_the_act(request: Request, message: Message) -> Facts:
    act = _act(request, message)
    if act is None:
        return {}
    taken, freed = (time and times.moment(time.starts_at, time.zone) for time in (act.taken, act.freed))
    return _queue(request, message) | {"what": act.get_what_display(), "taken": taken, "freed": freed}


KINDS = {
    "received": Kind(gettext_lazy("Your appointment request %(reference)s: we have it"), _open),
    "tried": Kind(
        gettext_lazy("Your appointment request %(reference)s: we tried to reach you"), _last_attempt, _of_its_attempt
    ),
    "offered": Kind(gettext_lazy("Your appointment request %(reference)s: times to choose from"), _on_offer, _of_its_offer),
    "confirmed": Kind(gettext_lazy("Your appointment %(reference)s is confirmed"), _confirmed, _of_its_time, calendar=True),
    "changed": Kind(
        gettext_lazy("Your appointment request %(reference)s: something changed"), _open, _of_the_change, calendar=True
    ),
    "closed": Kind(gettext_lazy("Your appointment request %(reference)s is closed"), _closed, _of_its_end, calendar=True),
    "question": Kind(gettext_lazy("Your appointment request %(reference)s: we have a question"), _unanswered),
    "contact": Kind(gettext_lazy("Your appointment request %(reference)s: your contact details changed"), _always),
    "left": Kind(gettext_lazy("Appointment request %(reference)s: the contact details changed"), _always, to=_former),
    "link": Kind(gettext_lazy("Your appointment request %(reference)s: the link to your page"), _always),
    "reminder": Kind(gettext_lazy("Your appointment %(reference)s: a reminder"), _to_come, _of_its_time),
    "family": Kind(
        gettext_lazy("Appointment request %(reference)s: the family did something"), _unseen, _of_the_act, to=_inbox
    ),
    "inbox": Kind(gettext_lazy("A new appointment request is waiting"), _waits, _queue, to=_inbox),
}
TO_STAFF = {name for name, kind in KINDS.items() if kind.to is _inbox}
COMPOSERS = dict.fromkeys(KINDS, compose)


def ours() -> QuerySet[Message]:
    """The messages about requests. Those of other rooms are about rows that may have the same numbers."""
    return Message.objects.filter(kind__in=KINDS)
