"""Success stories, each visible only while its family's authorization covers it (45 CFR 164.508)."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from conditions.models import Condition
from foundation.publishing.models import Pictured, Publishable, PublishableQuerySet, SampleMarked, Slugged
from foundation.publishing.text import LongTextField


class StoryQuerySet(PublishableQuerySet):
    """Questions to stories."""

    def published(self, now: datetime | None = None) -> Self:
        """Published, and covered by a valid authorization on the site's calendar day of `now` (UTC, default: now)."""
        valid = Authorization.objects.valid(now).filter(story=OuterRef("pk"))
        return super().published(now).filter(Exists(valid))


class Story(Slugged, Publishable, Pictured, SampleMarked):
    """A family's story, in their words."""

    title = models.CharField(_("title"), max_length=200)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    name_shown = models.CharField(
        _("name shown"), max_length=100, help_text=_("A first name or another name the family chose.")
    )
    age_band = models.CharField(_("age"), max_length=40, blank=True, help_text=_("A range, like 8 to 10. Never a birth date."))
    summary = models.CharField(_("in short"), max_length=300)
    text = LongTextField(_("text"))
    conditions = models.ManyToManyField(Condition, related_name="stories", blank=True, verbose_name=_("conditions"))
    history = HistoricalRecords(m2m_fields=[conditions])

    objects = StoryQuerySet.as_manager()

    class Meta:
        ordering = ["-publish_at", "-pk"]
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        constraints = [Pictured.alt_needed("stories_picture_alt"), *Publishable.dates_hold("stories")]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the search in step; who may see the story is asked there each time."""
        from stories.findable import store_story

        super().save(*args, **kwargs)
        store_story(self)

    def get_absolute_url(self) -> str:
        """The public page."""
        return reverse("stories:story", args=[self.slug])

    @classmethod
    def shows_publicly(cls, digest: str) -> bool:
        """Only while the story itself is public."""
        return cls.objects.published().filter(picture__startswith=digest).exists()


class AuthorizationQuerySet(models.QuerySet["Authorization"]):
    """Questions to authorizations."""

    def valid(self, now: datetime | None = None) -> Self:
        """Covering the website on the site's calendar day of `now` (UTC, default: now)."""
        today = timezone.localdate(now)
        return self.filter(covers_website=True, signed_on__lte=today, expires_on__gte=today).filter(
            Q(revoked_on=None) | Q(revoked_on__gt=today)
        )


class Authorization(models.Model):
    """A signed permission to show a story. Kept when it has ended: the paper must be kept six years."""

    class Relationship(models.TextChoices):
        """Who signed, and by what right."""

        PARENT = "parent", _("Parent")
        GUARDIAN = "guardian", _("Legal guardian")
        PATIENT = "patient", _("The patient, 18 or older")

    story = models.ForeignKey(Story, on_delete=models.PROTECT, related_name="authorizations")
    signed_on = models.DateField(_("signed on"))
    signed_by = models.CharField(_("signed by"), max_length=200)
    relationship = models.CharField(_("who is"), max_length=10, choices=Relationship)
    covers_website = models.BooleanField(_("covers this website"), default=True)
    covers_print = models.BooleanField(_("covers print"), default=False)
    covers_social = models.BooleanField(_("covers social media"), default=False)
    expires_on = models.DateField(_("last day"))
    revoked_on = models.DateField(
        _("revoked on"), null=True, blank=True, help_text=_("The story is hidden from that day on, at once.")
    )
    assent = models.BooleanField(_("the child agreed"), default=False)
    document = models.CharField(_("where the signed paper is kept"), max_length=200)

    objects = AuthorizationQuerySet.as_manager()

    class Meta:
        ordering = ["-signed_on", "-pk"]
        verbose_name = _("authorization")
        verbose_name_plural = _("authorizations")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_on__gte=F("signed_on")),
                name="stories_authorization_expires_after_signed",
                violation_error_message=_("“Last day” must not be before “signed on”."),
            ),
            models.CheckConstraint(
                condition=Q(revoked_on=None) | Q(revoked_on__gte=F("signed_on")),
                name="stories_authorization_revoked_after_signed",
                violation_error_message=_("“Revoked on” must not be before “signed on”."),
            ),
            models.CheckConstraint(
                condition=Q(covers_website=True) | Q(covers_print=True) | Q(covers_social=True),
                name="stories_authorization_covers_something",
                violation_error_message=_("Say what the authorization covers."),
            ),
        ]

    def __str__(self) -> str:
        return _("signed on %(day)s") % {"day": self.signed_on}
