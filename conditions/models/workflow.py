"""What happens to an edition on its way: its log, signatures, comments, and the links by which it is shown to others."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conditions.models.edition import Edition
from conditions.models.parts import Section
from directory.models import Clinician
from foundation.pages.languages import language_choices
from foundation.prose.fields import Line, Paragraphs

PRESENT = timedelta(seconds=90)  # three beats of `admin-presence.js`


class EditionEvent(models.Model):
    """One thing somebody did with an edition, a sentence for staff (`conditions.edition_log`). Never changed.

    `who` keeps the name when the account is gone; `words` are theirs: a reason, a comment.
    """

    MOVES = ("submitted", "sent back", "took back")

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    who = models.CharField(max_length=150)
    verb = models.CharField(max_length=30)
    words = Paragraphs(blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.who} {self.verb}"


class SignOff(models.Model):
    """One reviewer's signature: the text as they saw it, its digest, and what they ticked that no program can judge.

    It counts while the edition's text is still that of `revision`; it is kept when it no longer is.
    """

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="sign_offs")
    reviewer = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="sign_offs", verbose_name=_("reviewer"))
    at = models.DateTimeField(_("signed"), default=timezone.now)
    reviewed_on = models.DateField(_("reviewed on"))
    digest = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(help_text=_("`Edition.revision` at that moment."))
    text = models.JSONField(help_text=_("`Edition.clinical_text()` at that moment."))
    checked = models.JSONField(_("ticked"), default=list, help_text=_("Keys of `conditions.checklist.ITEMS`."))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("sign-off")
        verbose_name_plural = _("sign-offs")
        constraints = [models.UniqueConstraint(fields=["edition", "reviewer", "revision"], name="conditions_sign_off_once")]

    def __str__(self) -> str:
        return f"{self.reviewer} {self.reviewed_on}"


class PlannedApproval(models.Model):
    """An approval that was given before the last signature, to exactly the text with this digest: it counts from that signature on."""

    edition = models.OneToOneField(Edition, on_delete=models.CASCADE, related_name="planned_approval")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    publish_at = models.DateTimeField(_("shown from"), null=True, help_text=_("Empty: as soon as it is signed."))
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.edition} {self.publish_at or ''}"

    @property
    def counts(self) -> bool:
        """Not once the text was changed, nor when who gave it may no longer approve."""
        return self.digest == self.edition.digest() and self.by.has_perm("conditions.approve_edition")


class PreviewLinkQuerySet(models.QuerySet["PreviewLink"]):
    def working(self) -> Self:
        """Neither ended nor revoked, to an edition that visitors do not see yet."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now(), edition__status__in=Edition.OPEN)


class PreviewLink(models.Model):
    """Shows one draft to somebody without an account, until it ends or is revoked. Only the secret's hash is kept."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="preview_links")
    for_whom = Line(_("for whom"), max_length=100, help_text=_("A name that you will recognise in comments."))
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    may_comment = models.BooleanField(_("may leave comments"), default=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("works until"))
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("preview link")
        verbose_name_plural = _("preview links")

    def __str__(self) -> str:
        return self.for_whom


class Comment(models.Model):
    """A remark on a draft or one of its sections, by staff or through a preview link. Each is answered before sign-off."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="comments")
    section = models.ForeignKey(Section, on_delete=models.SET_NULL, null=True, blank=True, related_name="comments")
    place = models.CharField(_("about"), max_length=140, blank=True, help_text=_("The section's heading, kept if it goes."))
    words = Paragraphs(_("comment"), max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    link = models.ForeignKey(PreviewLink, on_delete=models.SET_NULL, null=True, related_name="comments")
    who = models.CharField(_("who"), max_length=150)
    at = models.DateTimeField(_("when"), default=timezone.now)
    answer = Paragraphs(_("answer"), max_length=2000, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(_("answered"), null=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None) | ~Q(answer="") & Q(answered_at__isnull=False),
                name="conditions_comment_answered_says_when",
            )
        ]

    def __str__(self) -> str:
        return f"{self.who}: {self.words[:60]}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.section:
            self.place = str(self.section.title)[:140]
        super().save(*args, **kwargs)


class PresenceQuerySet(models.QuerySet["Presence"]):
    @transaction.atomic
    def record(self, edition: Edition, user: Any, now: datetime | None = None) -> None:
        """Keeps that this person has the draft open at `now` (UTC, default: this moment), and forgets what is a day old."""
        now = now or timezone.now()
        self.filter(seen_at__lt=now - timedelta(days=1)).delete()
        before = self.select_for_update().filter(edition=edition, user=user).first()
        was_here = before and before.seen_at >= now - PRESENT
        since = before.since if before and was_here else now
        self.update_or_create(edition=edition, user=user, defaults={"since": since, "seen_at": now})

    def others(self, edition: Edition, user: Any) -> Self:
        seen = self.filter(edition=edition, seen_at__gte=timezone.now() - PRESENT).exclude(user=user)
        return seen.select_related("user").order_by("since", "pk")


class Presence(models.Model):
    """Who has a draft open: their page says so every half minute, so that two people see each other.

    `since` is when they opened it, or came back to it after they were away.
    """

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    objects = PresenceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "user"], name="conditions_presence_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.seen_at}"


class PlainWord(models.Model):
    """A long or technical word and what families understand better. The writing coach points it out."""

    audit_values = ("*",)

    word = Line(_("word"), max_length=80)
    plain = Line(_("say instead"), max_length=120)
    language = models.CharField(_("language"), max_length=10, choices=language_choices, default="en")

    class Meta:
        ordering = ["language", "word"]
        verbose_name = _("plain word")
        verbose_name_plural = _("plain words")
        constraints = [
            models.UniqueConstraint(
                fields=["language", "word"],
                name="conditions_plain_word_once",
                violation_error_message=_("This word is in the table already."),
            )
        ]

    def __str__(self) -> str:
        return self.word
