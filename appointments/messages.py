"""What we write to families and coordinators: reference, phone, time and place. Never who, what for, or a word they typed.

Templates see only the few facts named here, never the request; a message that is no longer true is not sent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.mime.text import MIMEText
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, Value, When
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _, gettext_lazy

from appointments import status_text, time_text
from appointments.models import ContactAttempt, EarlierOffer, FamilyAct, OfferedTime, Request
from appointments.models.request import SEES_ALL
from directory.contact import Contact
from foundation.outbox.models import Message
from foundation.outbox.recipients import recipient
from foundation.pages.templatetags.pages import kept_whole, whole_times
from foundation.workflow import name_of

Status, Time = Request.Status, OfferedTime.Status
Facts = dict[str, Any]
GOT = Q(status=Message.Status.SENT)
PERHAPS = GOT | Q(uncertain__gt=0) | Q(leased_until__isnull=False)  # the server fell silent, or another sender is at it


@dataclass(frozen=True)
class Kind:
    """One kind of message: its subject, whether it is (still) true, what its template is told, if a calendar file goes along.

    And its reader, by default the family, who alone is given the link to the private page.
    """

    subject: Any
    is_true: Callable[[Request, Message], bool]
    facts: Callable[[Request, Message], Facts] = lambda request, message: {}
    has_calendar: bool = False
    reader: Callable[[Request, Message], str] | None = None
    is_for_staff: bool = False


def compose(message: Message) -> EmailMessage | None:
    """The mail, in the language that is active; None if it is no longer true or there is nobody to write to."""
    request, kind = message.about, KINDS[message.kind]
    if not request or request.erased_at or not kind.is_true(request, message):
        return None
    to = kind.reader(request, message) if kind.reader else request.email
    if not to:
        return None
    subject, text, html = _write(request, message)
    mail = EmailMultiAlternatives(subject, text, to=[recipient(to)], reply_to=settings.REPLY_TO)
    mail.attach_alternative(html, "text/html")
    if kind.has_calendar:
        _attach_calendar(mail, request, message, clinician=to if kind.is_for_staff else "")
    return mail


def preview(message: Message) -> tuple[str, str, str]:
    fetch([message])
    request = message.about
    with translation.override(message.language):
        if request is None or request.erased_at:
            gone = _("This message can no longer be shown: what the family told us was erased.")
            return gone, gone, ""
        return _write(request, message)


def page_link(request: Request) -> str:
    """The whole address of the private page, in the language that is active. It is a secret: for the family alone."""
    return settings.LINK_BASE + reverse("appointments:private_page", args=[request.link])


def subject_of(message: Message, reference: str) -> str:
    """Of a message of another room, which has no request, its kind."""
    return str(KINDS[message.kind].subject) % {"reference": reference} if message.kind in KINDS else message.kind


def about_requests() -> QuerySet[Message]:
    """The messages about requests. Those of other rooms are about rows that may have the same numbers."""
    return Message.objects.filter(kind__in=KINDS)


def messages_for(user: User) -> QuerySet[Message]:
    """With its `reference`: about the requests that `user` sees; and whatever a restore held, for who sees those of all."""
    reference = Request.objects.filter(pk=OuterRef("object_id")).values("reference")
    rows = Message.objects.annotate(reference=Case(When(kind__in=KINDS, then=Subquery(reference)), default=Value("–")))
    if user.has_perm(SEES_ALL):
        return rows.filter(Q(kind__in=KINDS) | Q(status=Message.Status.HELD))
    return rows.filter(kind__in=KINDS, object_id__in=Request.objects.visible_to(user).values("pk"))


def fetch(messages: Sequence[Message]) -> None:
    """Their requests, with what a mail says of department and times: asked for once for all of them."""
    rows = Request.objects.prefetch_related(
        "department__hours", "department__locations", "times__location", "times__clinician__user"
    )
    requests = rows.in_bulk([message.object_id for message in messages])
    for message in messages:
        message.about = requests.get(message.object_id)


def _write(request: Request, message: Message) -> tuple[str, str, str]:
    """The HTML part is made of the paragraphs of the text, so that both say the same."""
    kind, subject = KINDS[message.kind], subject_of(message, request.reference)
    facts = {
        "reference": request.reference,
        "phone": request.department.phone,
        "hours": Contact(request.department).hours,
        "promise": status_text.promise(request),
        "link": "" if kind.reader else page_link(request),
        "site": settings.LINK_BASE,
        "site_name": settings.SITE_NAME,
        "emergency_phone": settings.EMERGENCY_PHONE,
        "grown": request.asker == Request.Asker.PATIENT,
        **kind.facts(request, message),
    }
    text = render_to_string(f"appointments/mail/{message.kind}.txt", facts, using="text").strip() + "\n"
    context = facts | {"subject": subject, "language": translation.get_language()}
    context["whole"] = whole = [facts["phone"], facts["reference"]]
    context["paragraphs"] = [(kept_whole(whole_times(words), whole), place) for words, place in _paragraphs(text, facts)]
    context["direction"] = "rtl" if translation.get_language_bidi() else "ltr"
    return subject, text, render_to_string("appointments/mail/letter.html", context, using="django")


def _paragraphs(text: str, facts: Facts) -> list[tuple[str, str]]:
    """Each with its place in the letter: `when` holds a promise or a time, `button` gives way to one, `end` is small."""
    address = facts["link"] or facts.get("queue", "")
    moments = [facts["promise"], facts.get("when"), *(time["when"] for time in facts.get("times", []))]
    written = text.strip().split("\n\n")
    places = ["end" if facts["link"] and left <= 2 else "" for left in range(len(written), 0, -1)]
    for number, words in enumerate(written):
        if address and address in words:
            places[number], written[number] = "button", words.replace(address, "").strip()
        elif any(moment and moment in words for moment in moments):
            places[number] = "when"
    return list(zip(written, places, strict=True))


def _attach_calendar(mail: EmailMessage, request: Request, message: Message, *, clinician: str) -> None:
    """The visit as it stands now, or its cancellation if there was one; nothing if there never was a visit, or it is over.

    With the address of a `clinician` it is the file for them: of the one time that the mail is about.
    """
    time = _time_of(request, message) if clinician else _visit_of_family(request, message)
    if time is None or time.status not in {Time.CONFIRMED, Time.CANCELLED}:
        return
    from appointments import calendar_file  # 4 MB with icalendar, for `deliver`

    method = calendar_file.REQUEST if time.status == Time.CONFIRMED else calendar_file.CANCEL
    time.request = request
    link = _visits_page(time) if clinician else page_link(request)
    file = calendar_file.make(time, method=method, link=link, clinician=clinician)
    part = MIMEText(file.decode(), "calendar", "utf-8")
    part.set_param("method", method)
    part.add_header("Content-Disposition", "attachment", filename="appointment.ics")
    mail.attach(part)


def _visit_of_family(request: Request, message: Message) -> OfferedTime | None:
    times = sorted(request.times.all(), key=lambda time: -time.pk)
    confirmed = [time for time in times if time.status == Time.CONFIRMED]
    cancelled = [time for time in times if time.status == Time.CANCELLED and time.pk == message.detail.get("time")]
    others = [time for time in times if time.status not in {Time.OFFERED, Time.RELEASED}]
    return next(iter([*confirmed, *cancelled, *others]), None)


def _visit(time: OfferedTime | None) -> Facts:
    return status_text.visit(time) | {"by_video": time.is_virtual} if time else {}


def _time_of(request: Request, message: Message) -> OfferedTime | None:
    return next((time for time in request.times.all() if time.pk == message.detail.get("time")), None)


def _standing(request: Request) -> OfferedTime | None:
    return next((time for time in request.times.all() if time.is_standing()), None)


def _confirmed_facts(request: Request, message: Message) -> Facts:
    """A visit after one that is over is another visit, and not the same at a new time."""
    had_visit = any(time.status in {Time.OVER, Time.CAME, Time.MISSED} for time in request.times.all())
    return {"moved": request.calendar_sequence > 0 and not had_visit, **_visit(_time_of(request, message))}


def _offered_facts(request: Request, message: Message) -> Facts:
    return {"times": [_visit(time) for time in request.times.all() if time.is_on_offer()]}


def _earlier_facts(request: Request, message: Message) -> Facts:
    """The hour that is held, and the visit that stands meanwhile."""
    offer = _earlier_offer(request, message)
    standing = _standing(request)
    stands = status_text.visit(standing)["when"] if standing else ""
    return (_visit(offer.time) if offer else {}) | {"stands": stands}


def _earlier_offer(request: Request, message: Message) -> EarlierOffer | None:
    held = request.earlier_offers.select_related("time__location", "time__request")
    return held.filter(pk=message.detail["offer"], time__in=request.times.on_offer()).first()


def _tried_facts(request: Request, message: Message) -> Facts:
    attempt = request.attempts.filter(pk=message.detail["attempt"]).first()
    return {"tried": status_text.attempt(attempt, request.department.time_zone) if attempt else ""}


def _changed_facts(request: Request, message: Message) -> Facts:
    """With the visit that stands now, else the one that the change took away."""
    event = request.events.filter(pk=message.detail["event"]).first()
    standing = _standing(request)
    facts = {"what": status_text.done(event.verb) if event else "", "stands": bool(standing)}
    return facts | _visit(standing or _time_of(request, message))


def _closed_facts(request: Request, message: Message) -> Facts:
    return {"reason": bool(request.closing_words)} | _visit(_time_of(request, message))


def _cancelled_facts(request: Request, message: Message) -> Facts:
    time = _time_of(request, message)
    return _visit(time) | {"by_family": time is not None and time.ended_by == OfferedTime.Ended.BY_FAMILY}


def _visits_page(time: OfferedTime) -> str:
    """The clinician's own visits of that day; "" for one who cannot sign in."""
    user = time.clinician.user
    if user is None or not (user.is_active and user.is_staff):
        return ""
    return f"{settings.LINK_BASE}{reverse('admin:visits')}?day={timezone.localdate(time.starts_at):%Y-%m-%d}"


def _visit_facts(request: Request, message: Message) -> Facts:
    """For its clinician, who reads of a visit that was moved only if it was with them before too."""
    time = _time_of(request, message)
    if time is None:
        return {}
    moved = (each for each in request.times.all() if each.replaced_by_id == time.pk)
    before = next((each for each in moved if each.clinician_id == time.clinician_id), None)
    moved_from = status_text.when(before) if before and _last_told(request, before) == "visit" else ""
    return _visit(time) | {"queue": _visits_page(time), "before": moved_from}


def _last_told(request: Request, time: OfferedTime, got: Q = GOT) -> str:
    """The kind of the last mail on this time that its clinician got; "" for none."""
    mails = Message.objects.filter(got, object_id=request.pk, kind__in=["visit", "visit_off"])
    return next((mail.kind for mail in mails.order_by("-pk") if mail.detail["time"] == time.pk), "")


def _hands_facts(request: Request, message: Message) -> Facts:
    event = request.events.select_related("by").filter(pk=message.detail["event"]).first()
    if event is None:
        return {}
    reader = User.objects.filter(pk=message.detail["user"]).first()  # may not see what went to another department
    is_theirs = reader is not None and Request.objects.visible_to(reader).filter(pk=request.pk).exists()
    facts = {"verb": event.verb, "who": name_of(event.by or ""), "department": request.department.name, "is_theirs": is_theirs}
    return (_queue_facts(request, message) if is_theirs else {}) | facts


def _queue_facts(request: Request, message: Message) -> Facts:
    return {"queue": settings.LINK_BASE + reverse("admin:appointments_request_change", args=[request.pk])}


def _inbox_facts(request: Request, message: Message) -> Facts:
    due = time_text.full(request.due_at, request.department.time_zone) if request.due_at else ""
    return _queue_facts(request, message) | {"due": due}


def _act_facts(request: Request, message: Message) -> Facts:
    act = _act(request, message)
    if act is None:
        return {}
    taken, freed = (time and time_text.full(time.starts_at, time.zone) for time in (act.taken, act.freed))
    return _queue_facts(request, message) | {"what": act.get_what_display(), "taken": taken, "freed": freed}


def _act(request: Request, message: Message) -> FamilyAct | None:
    return request.family_acts.select_related("taken", "freed").filter(pk=message.detail["act"]).first()


def _is_open(request: Request, message: Message) -> bool:
    return request.is_open


def _always(request: Request, message: Message) -> bool:
    return True


def _is_unanswered(request: Request, message: Message) -> bool:
    return request.is_open and status_text.is_asked(request)


def _is_last_attempt(request: Request, message: Message) -> bool:
    last = ContactAttempt.objects.filter(request=request, event__undone=False).last()
    return request.is_open and last is not None and last.pk == message.detail["attempt"]


def _is_last_event(events: QuerySet[Any], message: Message) -> bool:
    last = events.last()
    return last is not None and last.pk == message.detail["event"]


def _is_on_offer(request: Request, message: Message) -> bool:
    is_last = _is_last_event(request.events.filter(verb="offered"), message)
    return is_last and request.is_open and any(time.is_on_offer() for time in request.times.all())


def _is_held(request: Request, message: Message) -> bool:
    return request.is_open and _earlier_offer(request, message) is not None


def _is_closed(request: Request, message: Message) -> bool:
    return request.status == Status.CLOSED and _is_last_event(request.events.filter(after=Status.CLOSED), message)


def _is_confirmed(request: Request, message: Message) -> bool:
    time = _time_of(request, message)
    return time is not None and time.status == Time.CONFIRMED


def _is_to_come(request: Request, message: Message) -> bool:
    """The visit stands as it was when the reminder was posted, lies ahead, and the next reminder is not due yet."""
    now, time = timezone.now(), _time_of(request, message)
    is_ahead = time is not None and time.status == Time.CONFIRMED and time.starts_at > now
    is_unchanged = request.calendar_sequence == message.detail["sequence"]
    return is_ahead and is_unchanged and now < message.leave_at + timedelta(days=1)


def _is_waiting(request: Request, message: Message) -> bool:
    return request.status in {Status.RECEIVED, Status.READING} and request.taken_by_id is None


def _is_unseen(request: Request, message: Message) -> bool:
    act = _act(request, message)
    return act is not None and act.seen_at is None


def _is_cancelled(request: Request, message: Message) -> bool:
    time = _time_of(request, message)
    return request.is_open and time is not None and time.status == Time.CANCELLED


def _is_news_to_clinician(request: Request, message: Message) -> bool:
    """The visit stands, lies ahead, and this was not the last they were told."""
    time = _time_of(request, message)
    if time is None or time.status != Time.CONFIRMED or time.starts_at <= timezone.now():
        return False
    return _last_told(request, time) != "visit"


def _is_off_for_clinician(request: Request, message: Message) -> bool:
    """Who never was told of the visit need not know that it is off; who perhaps was must."""
    time, others = _time_of(request, message), PERHAPS & ~Q(pk=message.pk)
    return time is not None and time.status == Time.CANCELLED and _last_told(request, time, others) == "visit"


def _changed_hands(request: Request, message: Message) -> bool:
    """It was the last time that it did, and was not taken back."""
    hands = request.events.filter(verb__in=["took", "assigned", "gave back", "handed over", "undid"])
    return request.is_open and _is_last_event(hands, message)


def _clinician(request: Request, message: Message) -> str:
    time = _time_of(request, message)
    return time.clinician.mail_address if time else ""


def _colleague(request: Request, message: Message) -> str:
    user = User.objects.filter(pk=message.detail["user"], is_active=True).first()
    return user.email if user else ""


def _inbox(request: Request, message: Message) -> str:
    return request.department.inbox


def _former_email(request: Request, message: Message) -> str:
    return str(request.read("contact")["former"][message.detail["former"]])


KINDS = {
    "received": Kind(gettext_lazy("Your appointment request %(reference)s: we have it"), _is_open),
    "tried": Kind(
        gettext_lazy("Your appointment request %(reference)s: we tried to reach you"), _is_last_attempt, _tried_facts
    ),
    "offered": Kind(
        gettext_lazy("Your appointment request %(reference)s: times to choose from"), _is_on_offer, _offered_facts
    ),
    "earlier": Kind(gettext_lazy("Your appointment %(reference)s: an earlier time is free"), _is_held, _earlier_facts),
    "confirmed": Kind(
        gettext_lazy("Your appointment %(reference)s is confirmed"), _is_confirmed, _confirmed_facts, has_calendar=True
    ),
    "changed": Kind(
        gettext_lazy("Your appointment request %(reference)s: something changed"), _is_open, _changed_facts, has_calendar=True
    ),
    "closed": Kind(
        gettext_lazy("Your appointment request %(reference)s is closed"), _is_closed, _closed_facts, has_calendar=True
    ),
    "cancelled": Kind(
        gettext_lazy("Your appointment %(reference)s is cancelled"), _is_cancelled, _cancelled_facts, has_calendar=True
    ),
    "question": Kind(gettext_lazy("Your appointment request %(reference)s: we have a question"), _is_unanswered),
    "contact": Kind(gettext_lazy("Your appointment request %(reference)s: your contact details changed"), _always),
    "left": Kind(
        gettext_lazy("Appointment request %(reference)s: the contact details changed"), _always, reader=_former_email
    ),
    "link": Kind(gettext_lazy("Your appointment request %(reference)s: the link to your page"), _always),
    "reminder": Kind(gettext_lazy("Your appointment %(reference)s: a reminder"), _is_to_come, _confirmed_facts),
    "family": Kind(
        gettext_lazy("Appointment request %(reference)s: the family did something"),
        _is_unseen,
        _act_facts,
        reader=_inbox,
        is_for_staff=True,
    ),
    "inbox": Kind(
        gettext_lazy("A new appointment request is waiting"), _is_waiting, _inbox_facts, reader=_inbox, is_for_staff=True
    ),
    "visit": Kind(
        gettext_lazy("A visit with you: %(reference)s"),
        _is_news_to_clinician,
        _visit_facts,
        has_calendar=True,
        reader=_clinician,
        is_for_staff=True,
    ),
    "visit_off": Kind(
        gettext_lazy("Cancelled: the visit %(reference)s with you"),
        _is_off_for_clinician,
        _visit_facts,
        has_calendar=True,
        reader=_clinician,
        is_for_staff=True,
    ),
    "hands": Kind(
        gettext_lazy("Appointment request %(reference)s changed hands"),
        _changed_hands,
        _hands_facts,
        reader=_colleague,
        is_for_staff=True,
    ),
}
TO_STAFF = {name for name, kind in KINDS.items() if kind.is_for_staff}
