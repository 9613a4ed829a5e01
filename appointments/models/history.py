"""What was done about a request, by whom and when: the part families see, and the part only staff see."""

from datetime import date
from typing import Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from appointments.models.request import Request
from foundation.privacy.fields import SealedField, SealedModel, classify


class RequestEvent(models.Model):
    """One move of a request. `verb` names what was done (the template of its sentence); nothing personal."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(_("when"), default=timezone.now)
    verb = models.CharField(_("what happened"), max_length=30)
    before = models.CharField(max_length=10, blank=True)
    after = models.CharField(max_length=10)
    due_before = models.DateTimeField(null=True)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    # Who has the request after it.
    holder = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("taken by"))
    undone = models.BooleanField(_("taken back"), default=False)

    columns = classify(plain="id request at verb before after due_before by holder undone")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.request_id} {self.verb}"


class ContactAttempt(models.Model):
    """One try to reach the family. Both sides see it: silence and refusal look different."""

    class Channel(models.TextChoices):
        CALL = "call", _("Phone call")
        VOICEMAIL = "voicemail", _("Voicemail")
        EMAIL = "email", _("Email")

    class Outcome(models.TextChoices):
        REACHED = "reached", _("Reached")
        NO_ANSWER = "no-answer", _("No answer")
        LEFT_MESSAGE = "left-message", _("Left a message")
        WRONG_NUMBER = "wrong-number", _("The number or address does not work")

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="attempts")
    event = models.OneToOneField(RequestEvent, on_delete=models.CASCADE, related_name="attempt")
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    channel = models.CharField(_("how"), max_length=10, choices=Channel)
    outcome = models.CharField(_("outcome"), max_length=14, choices=Outcome)
    next_try_at = models.DateTimeField(_("next try"), null=True, blank=True)

    columns = classify(plain="id request event at by channel outcome next_try_at")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}: {self.get_outcome_display()}"


class NoteQuerySet(models.QuerySet["Note"]):
    def unread(self) -> Self:
        """What families wrote and no staff member has marked as read; what was erased waits for nobody."""
        return self.filter(kind=Note.Kind.ANSWER, read_at=None).exclude(words="")


class Note(SealedModel):
    """Words that belong to a request: a question to the family, their answer, something added, or for staff alone."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("Question to the family")
        ANSWER = "answer", _("From the family")
        STAFF = "staff", _("For staff only")

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="notes")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    words = SealedField(_("words"))
    read_at = models.DateTimeField(_("read"), null=True, help_text=_("When staff read what the family wrote."))

    columns = classify(plain="id seal_id seal_version request kind at by read_at", personal="words")

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class FamilyActQuerySet(models.QuerySet["FamilyAct"]):
    def unseen(self) -> Self:
        """What no member of staff has seen or answered; what was erased waits for nobody."""
        return self.filter(seen_at=None, request__erased_at=None)


class FamilyAct(models.Model):
    """One thing that a family did with its request after it had sent it: it waits until a member of staff has seen it."""

    class What(models.TextChoices):
        WITHDREW = "withdrew", _("withdrew the request")
        ACCEPTED = "accepted", _("took a time that was offered")
        OTHER_TIMES = "other times", _("asked for other times")
        WROTE = "wrote", _("wrote to you")
        CONTACT = "contact", _("changed how to reach them")
        EARLIER = "earlier", _("would like an earlier time")
        NOT_EARLIER = "not earlier", _("wants no earlier time any more")
        DECLINED = "declined", _("keeps its visit; the earlier time is free again")

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="family_acts")
    at = models.DateTimeField(_("when"), default=timezone.now)
    what = models.CharField(_("what happened"), max_length=12, choices=What)
    taken = models.ForeignKey("OfferedTime", on_delete=models.CASCADE, null=True, related_name="+")
    freed = models.ForeignKey("OfferedTime", on_delete=models.CASCADE, null=True, related_name="+")
    seen_at = models.DateTimeField(null=True)

    columns = classify(plain="id request at what taken freed seen_at")

    objects = FamilyActQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["request"], condition=models.Q(seen_at=None), name="appointments_unseen_acts")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.what}"


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def standing(self, today: date | None = None) -> Self:
        """Neither lifted nor past their last day, in the site's calendar."""
        return self.filter(lifted_at=None, until__gte=today or timezone.localdate())


class LegalHold(SealedModel):
    """While one stands, nobody erases its request, and neither does the retention period."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="holds")
    reason = SealedField(_("why"))
    until = models.DateField(_("last day"))
    placed_at = models.DateTimeField(_("placed"), default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    lifted_at = models.DateTimeField(_("lifted"), null=True)

    columns = classify(plain="id seal_id seal_version request until placed_at by lifted_at", personal="reason")

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["until"], condition=Q(lifted_at=None), name="appointments_hold_standing")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.until}"

    @property
    def last_day(self) -> str:
        """Like “8 Sep 2026”."""
        return date_format(self.until, "j M Y")
