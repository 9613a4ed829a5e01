"""What we write to families and coordinators: reference, phone, time and place. Never who, what for, or a word they typed.

Templates see only the few facts named here, never the request; a message that is no longer true is not sent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.mime.text import MIMEText
from functools import cached_property
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


class Letter:
    """One message about a request: what its mail says, and what tells if that is (still) true."""

    def __init__(self, message: Message) -> None:
        self.message, self.detail = message, message.detail
        self.request: Request = message.about

    @cached_property
    def time(self) -> Any:
        """The one that it is about; None without one."""
        return next((time for time in self.request.times.all() if time.pk == self.detail.get("time")), None)

    def is_about(self, status: str) -> bool:
        """A time that is in this state now."""
        return self.time is not None and self.time.status == status

    @property
    def standing(self) -> OfferedTime | None:
        return next((time for time in self.request.times.all() if time.is_standing()), None)

    @cached_property
    def earlier_offer(self) -> EarlierOffer | None:
        held = self.request.earlier_offers.select_related("time__location", "time__request")
        return held.filter(pk=self.detail["offer"], time__in=self.request.times.on_offer()).first()

    @cached_property
    def act(self) -> FamilyAct | None:
        return self.request.family_acts.select_related("taken", "freed").filter(pk=self.detail["act"]).first()

    @property
    def visit_of_family(self) -> OfferedTime | None:
        times = sorted(self.request.times.all(), key=lambda time: -time.pk)
        confirmed = [time for time in times if time.status == Time.CONFIRMED]
        cancelled = [time for time in times if time.status == Time.CANCELLED and time.pk == self.detail.get("time")]
        others = [time for time in times if time.status not in {Time.OFFERED, Time.RELEASED}]
        return next(iter([*confirmed, *cancelled, *others]), None)

    @property
    def address_in_queue(self) -> str:
        return settings.LINK_BASE + reverse("admin:appointments_request_change", args=[self.request.pk])

    @property
    def address_of_visits(self) -> str:
        """The clinician's own visits of that day; "" for one who cannot sign in."""
        user = self.time.clinician.user
        if user is None or not (user.is_active and user.is_staff):
            return ""
        return f"{settings.LINK_BASE}{reverse('admin:visits')}?day={timezone.localdate(self.time.starts_at):%Y-%m-%d}"

    def last_told(self, time: OfferedTime, got: Q = GOT) -> str:
        """The kind of the last mail on this time that its clinician got; "" for none."""
        mails = Message.objects.filter(got, object_id=self.request.pk, kind__in=["visit", "visit_off"])
        return next((mail.kind for mail in mails.order_by("-pk") if mail.detail["time"] == time.pk), "")

    # --- whether it is true -------------------------------------------------------------------------------------------

    def is_last_attempt(self) -> bool:
        last = ContactAttempt.objects.filter(request=self.request, event__undone=False).last()
        return self.request.is_open and last is not None and last.pk == self.detail["attempt"]

    def is_last_event(self, **which: Any) -> bool:
        last = self.request.events.filter(**which).last()
        return last is not None and last.pk == self.detail["event"]

    def is_on_offer(self) -> bool:
        has_offer = any(time.is_on_offer() for time in self.request.times.all())
        return has_offer and self.request.is_open and self.is_last_event(verb="offered")

    def is_closed(self) -> bool:
        return self.request.status == Status.CLOSED and self.is_last_event(after=Status.CLOSED)

    def is_to_come(self) -> bool:
        """The visit stands as it was when the reminder was posted, lies ahead, and the next reminder is not due yet."""
        is_unchanged = self.request.calendar_sequence == self.detail["sequence"]
        return self.is_ahead() and is_unchanged and timezone.now() < self.message.leave_at + timedelta(days=1)

    def is_ahead(self) -> bool:
        return self.is_about(Time.CONFIRMED) and self.time.starts_at > timezone.now()

    def is_news_to_clinician(self) -> bool:
        """The visit stands, lies ahead, and this was not the last they were told."""
        return self.is_ahead() and self.last_told(self.time) != "visit"

    def is_off_for_clinician(self) -> bool:
        """Who never was told of the visit need not know that it is off; who perhaps was must."""
        others = PERHAPS & ~Q(pk=self.message.pk)
        return self.is_about(Time.CANCELLED) and self.last_told(self.time, others) == "visit"

    def changed_hands(self) -> bool:
        """It was the last time that it did, and was not taken back."""
        return self.request.is_open and self.is_last_event(verb__in=["took", "assigned", "gave back", "handed over", "undid"])

    # --- what its template is told ------------------------------------------------------------------------------------

    def confirmed_facts(self) -> Facts:
        """A visit after one that is over is another visit, and not the same at a new time."""
        had_visit = any(time.status in {Time.OVER, Time.CAME, Time.MISSED} for time in self.request.times.all())
        return {"moved": self.request.calendar_sequence > 0 and not had_visit, **_visit(self.time)}

    def offered_facts(self) -> Facts:
        return {"times": [_visit(time) for time in self.request.times.all() if time.is_on_offer()]}

    def earlier_facts(self) -> Facts:
        """The hour that is held, and the visit that stands meanwhile."""
        stands = status_text.when(self.standing) if self.standing else ""
        return _visit(self.earlier_offer.time if self.earlier_offer else None) | {"stands": stands}

    def tried_facts(self) -> Facts:
        attempt = self.request.attempts.filter(pk=self.detail["attempt"]).first()
        return {"tried": status_text.attempt(attempt, self.request.department.time_zone) if attempt else ""}

    def changed_facts(self) -> Facts:
        """With the visit that stands now, else the one that the change took away."""
        event = self.request.events.filter(pk=self.detail["event"]).first()
        facts = {"what": status_text.done(event.verb) if event else "", "stands": bool(self.standing)}
        return facts | _visit(self.standing or self.time)

    def cancelled_facts(self) -> Facts:
        return _visit(self.time) | {"by_family": bool(self.time) and self.time.ended_by == OfferedTime.Ended.BY_FAMILY}

    def clinician_facts(self) -> Facts:
        """They read of a visit that was moved only if it was with them before too."""
        if self.time is None:
            return {}
        moved = (each for each in self.request.times.all() if each.replaced_by_id == self.time.pk)
        before = next((each for each in moved if each.clinician_id == self.time.clinician_id), None)
        moved_from = status_text.when(before) if before and self.last_told(before) == "visit" else ""
        return _visit(self.time) | {"queue": self.address_of_visits, "before": moved_from}

    def hands_facts(self) -> Facts:
        event = self.request.events.select_related("by").filter(pk=self.detail["event"]).first()
        if event is None:
            return {}
        reader = User.objects.filter(pk=self.detail["user"]).first()  # may not see what went to another department
        is_theirs = reader is not None and Request.objects.visible_to(reader).filter(pk=self.request.pk).exists()
        facts = {"verb": event.verb, "who": name_of(event.by or ""), "department": self.request.department.name}
        return facts | {"is_theirs": is_theirs} | ({"queue": self.address_in_queue} if is_theirs else {})

    def inbox_facts(self) -> Facts:
        row = self.request
        due = time_text.full(row.due_at, row.department.time_zone) if row.due_at else ""
        return {"queue": self.address_in_queue, "due": due}

    def act_facts(self) -> Facts:
        if self.act is None:
            return {}
        taken, freed = (time and time_text.full(time.starts_at, time.zone) for time in (self.act.taken, self.act.freed))
        return {"queue": self.address_in_queue, "what": self.act.get_what_display(), "taken": taken, "freed": freed}

    # --- to whom it goes ----------------------------------------------------------------------------------------------

    def clinician(self) -> str:
        return self.time.clinician.mail_address if self.time else ""

    def colleague(self) -> str:
        user = User.objects.filter(pk=self.detail["user"], is_active=True).first()
        return user.email if user else ""


@dataclass(frozen=True)
class Kind:
    """One kind of message: its subject, whether it is (still) true, what its template is told, if a calendar file goes along.

    And its reader, by default the family, who alone is given the link to the private page.
    """

    subject: Any
    is_true: Callable[[Letter], bool]
    facts: Callable[[Letter], Facts] = lambda letter: {}
    has_calendar: bool = False
    reader: Callable[[Letter], str] | None = None
    is_for_staff: bool = False


def compose(message: Message) -> EmailMessage | None:
    """The mail, in the language that is active; None if it is no longer true or there is nobody to write to."""
    kind, letter = KINDS[message.kind], Letter(message)
    if not letter.request or letter.request.erased_at or not kind.is_true(letter):
        return None
    to = kind.reader(letter) if kind.reader else letter.request.email
    if not to:
        return None
    subject, text, html = _write(letter)
    mail = EmailMultiAlternatives(subject, text, to=[recipient(to)], reply_to=settings.REPLY_TO)
    mail.attach_alternative(html, "text/html")
    if kind.has_calendar:
        _attach_calendar(mail, letter, clinician=to if kind.is_for_staff else "")
    return mail


def preview(message: Message) -> tuple[str, str, str]:
    fetch([message])
    request = message.about
    with translation.override(message.language):
        if request is None or request.erased_at:
            gone = _("This message can no longer be shown: what the family told us was erased.")
            return gone, gone, ""
        return _write(Letter(message))


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


def _write(letter: Letter) -> tuple[str, str, str]:
    """The HTML part is made of the paragraphs of the text, so that both say the same."""
    request, kind = letter.request, KINDS[letter.message.kind]
    subject = subject_of(letter.message, request.reference)
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
        **kind.facts(letter),
    }
    text = render_to_string(f"appointments/mail/{letter.message.kind}.txt", facts, using="text").strip() + "\n"
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


def _attach_calendar(mail: EmailMessage, letter: Letter, *, clinician: str) -> None:
    """The visit as it stands now, or its cancellation if there was one; nothing if there never was a visit, or it is over.

    With the address of a `clinician` it is the file for them: of the one time that the mail is about.
    """
    time = letter.time if clinician else letter.visit_of_family
    if time is None or time.status not in {Time.CONFIRMED, Time.CANCELLED}:
        return
    from appointments import calendar_file  # 4 MB with icalendar, for `deliver`

    method = calendar_file.REQUEST if time.status == Time.CONFIRMED else calendar_file.CANCEL
    time.request = letter.request
    link = letter.address_of_visits if clinician else page_link(letter.request)
    file = calendar_file.make(time, method=method, link=link, clinician=clinician)
    part = MIMEText(file.decode(), "calendar", "utf-8")
    part.set_param("method", method)
    part.add_header("Content-Disposition", "attachment", filename="appointment.ics")
    mail.attach(part)


def _visit(time: OfferedTime | None) -> Facts:
    return status_text.visit(time) | {"by_video": time.is_virtual} if time else {}


KINDS = {
    "received": Kind(
        gettext_lazy("Your appointment request %(reference)s: we have it"), lambda letter: letter.request.is_open
    ),
    "tried": Kind(
        gettext_lazy("Your appointment request %(reference)s: we tried to reach you"),
        Letter.is_last_attempt,
        Letter.tried_facts,
    ),
    "offered": Kind(
        gettext_lazy("Your appointment request %(reference)s: times to choose from"), Letter.is_on_offer, Letter.offered_facts
    ),
    "earlier": Kind(
        gettext_lazy("Your appointment %(reference)s: an earlier time is free"),
        lambda letter: letter.request.is_open and letter.earlier_offer is not None,
        Letter.earlier_facts,
    ),
    "confirmed": Kind(
        gettext_lazy("Your appointment %(reference)s is confirmed"),
        lambda letter: letter.is_about(Time.CONFIRMED),
        Letter.confirmed_facts,
        has_calendar=True,
    ),
    "changed": Kind(
        gettext_lazy("Your appointment request %(reference)s: something changed"),
        lambda letter: letter.request.is_open,
        Letter.changed_facts,
        has_calendar=True,
    ),
    "closed": Kind(
        gettext_lazy("Your appointment request %(reference)s is closed"),
        Letter.is_closed,
        lambda letter: {"reason": bool(letter.request.closing_words)} | _visit(letter.time),
        has_calendar=True,
    ),
    "cancelled": Kind(
        gettext_lazy("Your appointment %(reference)s is cancelled"),
        lambda letter: letter.request.is_open and letter.is_about(Time.CANCELLED),
        Letter.cancelled_facts,
        has_calendar=True,
    ),
    "question": Kind(
        gettext_lazy("Your appointment request %(reference)s: we have a question"),
        lambda letter: letter.request.is_open and status_text.is_asked(letter.request),
    ),
    "contact": Kind(gettext_lazy("Your appointment request %(reference)s: your contact details changed"), lambda letter: True),
    "left": Kind(
        gettext_lazy("Appointment request %(reference)s: the contact details changed"),
        lambda letter: True,
        reader=lambda letter: str(letter.request.read("contact")["former"][letter.detail["former"]]),
    ),
    "link": Kind(gettext_lazy("Your appointment request %(reference)s: the link to your page"), lambda letter: True),
    "reminder": Kind(gettext_lazy("Your appointment %(reference)s: a reminder"), Letter.is_to_come, Letter.confirmed_facts),
    "family": Kind(
        gettext_lazy("Appointment request %(reference)s: the family did something"),
        lambda letter: letter.act is not None and letter.act.seen_at is None,
        Letter.act_facts,
        reader=lambda letter: letter.request.department.inbox,
        is_for_staff=True,
    ),
    "inbox": Kind(
        gettext_lazy("A new appointment request is waiting"),
        lambda letter: letter.request.status in {Status.RECEIVED, Status.READING} and letter.request.taken_by_id is None,
        Letter.inbox_facts,
        reader=lambda letter: letter.request.department.inbox,
        is_for_staff=True,
    ),
    "visit": Kind(
        gettext_lazy("A visit with you: %(reference)s"),
        Letter.is_news_to_clinician,
        Letter.clinician_facts,
        has_calendar=True,
        reader=Letter.clinician,
        is_for_staff=True,
    ),
    "visit_off": Kind(
        gettext_lazy("Cancelled: the visit %(reference)s with you"),
        Letter.is_off_for_clinician,
        Letter.clinician_facts,
        has_calendar=True,
        reader=Letter.clinician,
        is_for_staff=True,
    ),
    "hands": Kind(
        gettext_lazy("Appointment request %(reference)s changed hands"),
        Letter.changed_hands,
        Letter.hands_facts,
        reader=Letter.colleague,
        is_for_staff=True,
    ),
}
TO_STAFF = {name for name, kind in KINDS.items() if kind.is_for_staff}
