"""A family's wish for an appointment, from its arrival to its end."""

import json
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.lookups import Exact, GreaterThan
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.time_text import age
from conditions.models import Condition
from directory.models import Department, Location
from foundation.privacy import tokens
from foundation.privacy.fields import SealedField, SealedModel, classify
from foundation.privacy.keys import Unreadable

SEES_ALL = "appointments.see_all_requests"
WORKS = "appointments.work_requests"
ERASES = "appointments.erase_request"
EXPORTS = "appointments.export_request"
MAY_LOOK = ("appointments.view_request", WORKS, ERASES, EXPORTS)  # any of them opens a case
# What is due first; what waits for nobody last. All of it ascending, and no key empty for what waits for somebody.
QUEUE_ORDER = (models.F("due_at").asc(nulls_last=True), models.F("pk").asc())


def workers() -> models.QuerySet[User]:
    """Who can sign in and may work on requests."""
    return User.objects.with_perm(WORKS).filter(is_staff=True)


def is_overdue(now: datetime) -> Q:
    return Q(due_at__lt=now) & ~Q(status="closed")


COUNTED = [
    *("department", "status", "mode", "visit", "condition", "site_language", "lapses_at"),
    *("first_promise_at", "first_contact_at", "first_contact_minutes", "closed_at", "ended", "closing_reason"),
]


@cache  # to build it takes longer than to ask it
def _can_be_worked_on() -> Q:
    """By whoever took it: they can sign in, may work on requests, and see those of its department. Who may is asked once, not for each."""
    coordinates = Department.coordinators.through.objects.filter(
        department=models.OuterRef("department"), user=models.OuterRef("taken_by")
    )
    everywhere = Q(taken_by__in=User.objects.with_perm(SEES_ALL))
    return Q(taken_by__in=workers()) & (Q(models.Exists(coordinates)) | everywhere)


def is_visible_to(user: User, request: str = "") -> Q:
    """Of the departments the user coordinates; of all for who may see all. `request`, like "request__", leads to it from what is found."""
    everywhere = user.has_perm(SEES_ALL)
    return Q() if everywhere else Q(**{f"{request}department__in": Department.objects.filter(coordinators=user)})


class RequestQuerySet(models.QuerySet["Request"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(is_visible_to(user))

    def open(self, now: datetime | None = None) -> Self:
        """Neither closed nor ended by the clock."""
        return self.exclude(status=Request.Status.CLOSED).exclude(lapses_at__lte=now or timezone.now())

    def ended_before(self, moment: datetime) -> Self:
        return self.filter(Q(closed_at__lte=moment) | Q(lapses_at__lte=moment))

    def with_end(self, now: datetime | None = None) -> Self:
        """With `end_at`, `end_by` and `end_reason`, empty while open: as it was closed, or as the clock ended it."""
        lapsed, text = Q(lapses_at__lte=now or timezone.now()), models.CharField()
        return self.annotate(
            end_at=Case(When(lapsed, then=F("lapses_at")), default=F("closed_at")),
            end_by=Case(When(lapsed, then=Value(Request.Ended.BY_CLOCK)), default=F("ended"), output_field=text),
            end_reason=Case(When(lapsed, then=Value(Request.Reason.UNKNOWN)), default=F("closing_reason"), output_field=text),
        )

    def our_turn(self, now: datetime | None = None) -> Self:
        """Open, and the next step is ours: not where a family chooses among times, nor where a visit is agreed."""
        now = now or timezone.now()
        return self.open(now).exclude(due_at=None).exclude(status=Request.Status.OFFERED, due_at__gt=now)

    def familys_turn(self, now: datetime | None = None) -> Self:
        """Open, and times are held for the family to choose from."""
        now = now or timezone.now()
        return self.open(now).filter(status=Request.Status.OFFERED, due_at__gt=now)

    def visit_agreed(self, now: datetime | None = None) -> Self:
        """Open, and nothing is owed to the family but the visit. It may be over, and wait for its outcome."""
        return self.open(now).filter(status=Request.Status.CONFIRMED, due_at=None)

    def left_behind(self) -> Self:
        """Open, and held by somebody who cannot work on them: the account is closed, or no longer coordinates there."""
        return self.open().exclude(taken_by=None).filter(~_can_be_worked_on())

    def overdue(self, now: datetime | None = None) -> Self:
        return self.filter(is_overdue(now or timezone.now()))

    def with_alike(self, user: User) -> Self:
        """With `alike`: whether another open request that `user` may see is perhaps for the same child."""
        others = Request.objects.visible_to(user).open().exclude(child_index="").exclude(pk=models.OuterRef("pk"))
        return self.annotate(alike=models.Exists(others.filter(child_index=models.OuterRef("child_index"))))

    def in_order(self) -> Self:
        return self.order_by(*QUEUE_ORDER)

    def behind(self, row: "Request") -> Self:
        """Those that stand behind `row` in the queue, of those that wait for somebody, as `row` does. One query more."""
        keys, behind = [key.expression for key in QUEUE_ORDER], Q()
        place = Request.objects.values_list(*keys).get(pk=row.pk)
        for key, value in zip(reversed(keys), reversed(place), strict=True):
            same = Q(Exact(key, value)) & behind if behind else Q()
            behind = Q(GreaterThan(key, value)) | same
        return self.filter(behind)


class Request(SealedModel):
    """One request. `status` changes only through the verbs of `appointments.actions`; `version` counts every change."""

    class Status(models.TextChoices):
        RECEIVED = "received", _("Received")
        READING = "reading", _("Being read")
        TRIED = "tried", _("We tried to reach you")
        OFFERED = "offered", _("Times offered")
        CONFIRMED = "confirmed", _("Confirmed")
        CLOSED = "closed", _("Closed")

    MOVES: dict[str, set[str]] = {
        "received": {"reading", "tried", "offered", "confirmed", "closed"},
        "reading": {"tried", "offered", "confirmed", "closed"},
        "tried": {"reading", "tried", "offered", "confirmed", "closed"},
        "offered": {"reading", "tried", "offered", "confirmed", "closed"},
        "confirmed": {"reading", "offered", "closed"},
        "closed": {"reading"},
    }

    class Asker(models.TextChoices):
        """Who asks. Somebody too young to ask alone is given the phone number and nothing is stored."""

        PARENT = "parent", _("I am the child’s parent")
        GUARDIAN = "guardian", _("I am the child’s legal guardian")
        ADULT = "adult", _("I am another adult, and the parent or guardian allowed me to ask")
        PATIENT = "patient", _("I am the patient")

    class Visit(models.TextChoices):
        NEW = "new", _("A first visit with us")
        FOLLOW_UP = "follow-up", _("A follow-up")
        SECOND_OPINION = "second-opinion", _("A second opinion")

    class Mode(models.TextChoices):
        IN_PERSON = "in-person", _("In person")
        VIRTUAL = "virtual", _("By video")
        EITHER = "either", _("Either is fine")

    class Ended(models.TextChoices):
        """By whom. Why: `Reason`."""

        BY_US = "us", _("We closed it")
        BY_FAMILY = "family", _("You withdrew it")
        BY_CLOCK = "clock", _("Nobody said how the visit ended")

    class Reason(models.TextChoices):
        """Why it is closed. A choice beside the words, since it is counted and survives erasing."""

        CAME = "came", _("The visit took place")
        MISSED = "missed", _("They did not come")
        UNKNOWN = "unknown", _("The visit is over, and nobody said how it ended")
        WITHDRAWN = "withdrawn", _("The family withdrew it")
        NOT_REACHED = "not-reached", _("We could not reach the family")
        NO_NEED = "no-need", _("The family needs no visit any more")
        ELSEWHERE = "elsewhere", _("They are seen, or sent, elsewhere")
        NOT_FOR_US = "not-for-us", _("We do not treat this")
        DUPLICATE = "duplicate", _("It came twice")
        OTHER = "other", _("Another reason")

    reference = models.CharField(_("reference"), max_length=9, unique=True, editable=False)
    draft_key = models.CharField(max_length=64, unique=True, editable=False)
    link_hash = models.CharField(max_length=64, unique=True, editable=False)
    link = SealedField(editable=False)

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.RECEIVED, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    wrong_dates = models.PositiveSmallIntegerField(default=0, editable=False)  # of birth, on the page of this link
    received_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)
    due_at = models.DateTimeField(_("due"), null=True, editable=False)
    first_promise_at = models.DateTimeField(_("first promise"), null=True, editable=False)  # never moved, as `due_at` is
    first_contact_at = models.DateTimeField(_("first answer of a person"), null=True, editable=False)
    # Business hours of the department from `received_at` to `first_contact_at`, as its calendar was then; in minutes.
    first_contact_minutes = models.PositiveIntegerField(null=True, editable=False)
    lapses_at = models.DateTimeField(_("ends by itself"), null=True, editable=False)  # its visit is over, and nothing is due
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)
    ended = models.CharField(_("ended by"), max_length=10, choices=Ended, blank=True, editable=False)
    closing_reason = models.CharField(_("reason for closing"), max_length=12, choices=Reason, blank=True, editable=False)
    closing_words = SealedField(_("why it was closed"), default="", blank=True)
    erased_at = models.DateTimeField(_("personal data erased"), null=True, editable=False)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, editable=False, related_name="merged")
    taken_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, editable=False, related_name="taken_requests", verbose_name=_("taken by")
    )
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="requests", verbose_name=_("department"))
    condition = models.ForeignKey(
        Condition, on_delete=models.SET_NULL, null=True, related_name="requests", verbose_name=_("condition")
    )

    location = models.ForeignKey(
        Location, on_delete=models.SET_NULL, null=True, related_name="requests", verbose_name=_("place they would like")
    )

    asker = models.CharField(_("who asks"), max_length=10, choices=Asker)
    visit = models.CharField(_("visit"), max_length=16, choices=Visit)
    mode = models.CharField(_("how to meet"), max_length=10, choices=Mode)
    state = models.CharField(_("state during a video visit"), max_length=2, blank=True)
    site_language = models.CharField(_("language of the site"), max_length=10, default="en")

    asker_name = SealedField(_("name"))
    email = SealedField(_("email"), default="", blank=True)
    phone = SealedField(_("phone"), default="", blank=True)
    email_index = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    phone_index = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    child_index = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    child_name = SealedField(_("child’s name"))
    child_liked_name = SealedField(_("name the child likes"), default="", blank=True)
    child_born = SealedField(_("child’s date of birth"))
    language = SealedField(_("language"), default="", blank=True)
    interpreter = SealedField(_("interpreter"), default="", blank=True)
    help_needed = SealedField(_("help they need"), default="", blank=True)
    referring_doctor = SealedField(_("referring doctor"), default="", blank=True)
    note = SealedField(_("note"), default="", blank=True)
    wishes = SealedField(_("times they would like"), default="{}")
    contact = SealedField(_("how to reach them"), default="{}")

    calendar_uid = models.CharField(max_length=64, unique=True, editable=False)
    calendar_sequence = models.PositiveIntegerField(default=0, editable=False)

    columns = classify(
        plain="id seal_id seal_version reference draft_key status version wrong_dates received_at due_at first_promise_at first_contact_at "
        "first_contact_minutes "
        "lapses_at closed_at ended closing_reason erased_at merged_into taken_by department condition location asker visit mode state site_language calendar_uid "
        "calendar_sequence link_hash",
        secret="link",  # noqa: S106
        index="email_index phone_index child_index",
        personal="closing_words asker_name email phone child_name child_liked_name child_born language interpreter "
        "help_needed referring_doctor note wishes contact",
    )

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("appointment request")
        verbose_name_plural = _("appointment requests")
        permissions = [
            ("see_all_requests", _("Can see the requests of every department")),
            ("work_requests", _("Can work on requests")),
            ("erase_request", _("Can erase a request and give a family its copy")),
            ("export_request", _("Can export requests")),
            ("see_figures", _("Can see how the departments are doing")),
        ]
        indexes = [
            models.Index(fields=["department", "status", "due_at"], name="appointments_queue"),
            models.Index(fields=["due_at", "id"], name="appointments_by_due"),  # closed ones too
            # The queue's order and its counts without visiting the rows, which the sealed columns make wide.
            models.Index(
                fields=["due_at", "id", "department", "status", "lapses_at"],
                condition=~Q(status="closed"),
                name="appointments_open_by_due",
            ),
            # All that figures ask of the requests of some months, again without the rows.
            models.Index(fields=["received_at", *COUNTED], name="appointments_figures"),
            # And of those of the visits of some months.
            models.Index(fields=["id", "department", "visit", "received_at"], name="appointments_visits_counted"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False) & ~Q(ended="") & ~Q(closing_reason="")
                | ~Q(status="closed") & Q(closed_at=None, ended="", closing_reason=""),
                name="appointments_closed_says_when_why_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(first_contact_at=None, first_contact_minutes=None)
                | Q(first_contact_at__isnull=False, first_contact_minutes__isnull=False),
                name="appointments_first_contact_is_measured",
            ),
            models.CheckConstraint(
                condition=Q(lapses_at=None) | Q(status="confirmed", due_at=None), name="appointments_only_a_visit_lapses"
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(status="closed"), name="appointments_only_closed_is_erased"
            ),
            models.CheckConstraint(condition=~Q(mode="virtual") | ~Q(state=""), name="appointments_video_names_the_state"),
        ]

    def __str__(self) -> str:
        return self.reference

    def read(self, column: str) -> dict[str, Any]:
        return dict(json.loads(getattr(self, column) or "{}"))

    def same_family(self) -> Q:
        """Finds the requests with the same email address or phone, this one included."""
        family = Q(pk=self.pk)
        for column in ("email_index", "phone_index"):
            if getattr(self, column):
                family |= Q(**{column: getattr(self, column)})
        return family

    def same_child(self) -> Q:
        """Finds the requests that are perhaps for the same child, this one included: by name and date of birth alone."""
        return Q(child_index=self.child_index) if self.child_index else Q(pk=self.pk)

    @property
    def initials(self) -> str:
        """Of the child, like “R.S.”; “–” where they cannot be read, or are erased."""
        try:
            words = self.child_name.split()
        except Unreadable:
            words = []
        return "".join(f"{word[0]}." for word in [*words[:1], *words[1:][-1:]]).upper() or "–"

    def late_by(self, now: datetime) -> timedelta | None:
        """How long the promised moment has passed; None if it has not."""
        return now - self.due_at if self.due_at and self.due_at < now else None

    @property
    def page_draft_key(self) -> str:
        """Of the draft that keeps what was typed on its private page and not sent."""
        return tokens.hashed(f"private page {self.link_hash}")

    @property
    def is_of_age(self) -> bool:
        """Whether the child decides about their own care by now. False where the date of birth is erased or unreadable."""
        try:
            born = self.child_born
        except Unreadable:
            return False
        return bool(born) and age(date.fromisoformat(born), timezone.localdate()) >= settings.AGE_OF_CONSENT

    @property
    def standing_hold(self) -> Any:
        """The legal hold that forbids to erase it, or None."""
        return self.holds.standing().order_by("until").last()

    @property
    def can_reopen(self) -> bool:
        return not (self.is_open or self.erased_at or self.merged_into_id)

    @property
    def is_open(self) -> bool:
        return self.status != self.Status.CLOSED and not self.has_lapsed

    @property
    def state_in_words(self) -> str:
        """For staff; the family reads `status_text`."""
        return str(_("Ended by itself") if self.has_lapsed else self.get_status_display())

    @property
    def has_lapsed(self) -> bool:
        """Whether the clock has ended it, as it does where nobody said how a visit ended."""
        return self.lapses_at is not None and self.lapses_at <= timezone.now()
