"""Success stories, each shown only as far as valid papers of its family cover it."""

from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy as _, override
from simple_history.models import HistoricalRecords

from conditions.models import Condition
from foundation.pages.models import InLanguage, Publishable, PublishableQuerySet, SampleMarked, Slugged
from foundation.pictures.models import Pictured, PicturedManager
from foundation.prose.days import DayField
from foundation.prose.fields import Line
from foundation.prose.text import LongTextField, first_sentence, plain
from foundation.search.entries import SearchEntry
from foundation.search.findable import Findable, FoundPage

FIXED = (
    "story_id",
    "signed_by",
    "relationship",
    "signed_on",
    *("covers_text", "covers_picture", "covers_name"),
    *("covers_website", "covers_print", "covers_social"),
)
# What a paper must say before a story may be shown by it (45 CFR 164.508(c)); what an older one lacks is filled in later.
TERMS = ("form_version", "purpose", "recipients", "how_to_revoke", "third_party_pay", "copy_given_on")
FILLED_ONCE = ("signed_for", "turns_18_on", "assent", "assent_on", *TERMS)
ONLY_EARLIER = ("expires_on", "revoked_on")
ENDING_SOON, GROWING_UP = 60, 90  # days ahead in which staff act


class AuthorizationQuerySet(models.QuerySet["Authorization"]):
    """Questions to authorizations. Days are the site's calendar at `now` (UTC, default: this moment)."""

    def standing(self, today: date) -> Self:
        return self.filter(Q(revoked_on=None) | Q(revoked_on__gt=today))

    def lacking(self) -> Self:
        """Those that would count, if all that a paper must say were on them."""
        today = timezone.localdate()
        return self.standing(today).filter(_lacks_terms(), expires_on__gte=today)

    def running(self, today: date) -> Self:
        """Signed, complete, not ended, not revoked."""
        return self.standing(today).exclude(_lacks_terms()).filter(signed_on__lte=today, expires_on__gte=today)

    def in_force(self, now: datetime | None = None) -> Self:
        """Running, and by somebody who may still sign for the person the story is about.

        From the day a person turns 18 no parent's or guardian's signature counts for the story, on whichever of its papers
        that day stands; the patient's own does.
        """
        today = timezone.localdate(now)
        grown = Authorization.objects.standing(today).filter(story=OuterRef("story"), turns_18_on__lte=today)
        may_sign = Q(relationship=Authorization.Relationship.PATIENT) | ~Exists(grown)
        return self.running(today).filter(may_sign)

    def valid(self, now: datetime | None = None) -> Self:
        return self.in_force(now).filter(covers_website=True)

    def ending_within(self, days: int) -> Self:
        """Those by which a story may be shown now, where no paper lets it be shown after `days` more days."""
        later = self.model.objects.valid(timezone.now() + timedelta(days=days + 1)).filter(covers_text=True)
        return self.valid().filter(covers_text=True).exclude(story__in=later.values("story"))

    def turning_18_within(self, days: int) -> Self:
        """Parents' and guardians' papers of people who turn 18 in `days` days, or have, and who did not sign themselves."""
        today = timezone.localdate()
        patients = self.model.objects.running(today).filter(
            covers_website=True, relationship=Authorization.Relationship.PATIENT
        )
        due = self.standing(today).filter(turns_18_on__lte=today + timedelta(days=days), expires_on__gte=today)
        return due.exclude(relationship=Authorization.Relationship.PATIENT).exclude(story__in=patients.values("story"))

    def ended(self) -> Self:
        return self.standing(timezone.localdate()).filter(expires_on__lt=timezone.localdate())

    def revoked(self) -> Self:
        return self.filter(revoked_on__lte=timezone.localdate())


def _lacks_terms() -> Q:
    texts = (Q(**{name: ""}) for name in TERMS if name != "copy_given_on")
    return reduce(or_, texts, Q(copy_given_on=None))


class Authorization(models.Model):
    """One signed paper. What was signed never changes: it may end earlier, and what was left open may be filled in once.

    The database refuses other changes and any deletion (triggers of the migration): papers must be kept six years.
    `turns_18_on` is kept instead of a birth date. `signed_for`, `revoked_reason` and the notes are for staff alone.
    """

    class Relationship(models.TextChoices):
        PARENT = "parent", _("Parent")
        GUARDIAN = "guardian", _("Legal guardian")
        PATIENT = "patient", _("The patient, 18 or older")

    class ThirdPartyPay(models.TextChoices):
        NONE = "none", _("Nobody pays us for showing it")
        PAID = "paid", _("Somebody else pays us for showing it, and the paper says so")

    story = models.ForeignKey(
        "stories.Story", on_delete=models.PROTECT, related_name="authorizations", verbose_name=_("story")
    )
    signed_for = Line(
        _("signed for"), max_length=200, blank=True, help_text=_("The person the story is about. Only staff see this.")
    )
    signed_by = Line(_("signed by"), max_length=200)
    relationship = models.CharField(_("who is"), max_length=10, choices=Relationship)
    signed_on = DayField(_("signed on"))
    covers_text = models.BooleanField(_("covers the text"), default=True)
    covers_picture = models.BooleanField(_("covers the picture"), default=False)
    covers_name = models.BooleanField(_("covers the name shown"), default=False)
    covers_website = models.BooleanField(_("covers this website"), default=True)
    covers_print = models.BooleanField(_("covers print"), default=False)
    covers_social = models.BooleanField(_("covers social media"), default=False)
    expires_on = DayField(_("last day"))
    form_version = Line(_("form"), max_length=40, blank=True, help_text=_("The number at the foot of the signed paper."))
    purpose = Line(_("what for"), max_length=300, blank=True, help_text=_("As the paper says it."))
    recipients = Line(_("who may see it"), max_length=300, blank=True, help_text=_("As the paper says it."))
    how_to_revoke = Line(_("how it can be taken back"), max_length=300, blank=True, help_text=_("As the paper says it."))
    third_party_pay = models.CharField(_("money from others"), max_length=10, choices=ThirdPartyPay, blank=True)
    copy_given_on = DayField(_("copy given to the family on"), null=True, blank=True)
    assent = models.BooleanField(_("the child agreed"), default=False)
    assent_on = DayField(_("the child agreed on"), null=True, blank=True)
    turns_18_on = DayField(
        _("turns 18 on"),
        null=True,
        blank=True,
        help_text=_("From this day the patient must have signed, or the story is hidden. The birth date is not kept."),
    )
    asked_again_on = DayField(_("asked again on"), null=True, editable=False)
    asked_again_note = Line(_("what came of asking again"), max_length=300, blank=True, editable=False)
    revoked_on = DayField(
        _("revoked on"), null=True, blank=True, help_text=_("The story is hidden from that day on, at once.")
    )
    revoked_reason = Line(_("why it was revoked"), max_length=300, blank=True, editable=False)
    document = Line(_("where the signed paper is kept"), max_length=200)

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
            models.CheckConstraint(
                condition=Q(covers_text=True) | Q(covers_picture=True),
                name="stories_authorization_text_or_picture",
                violation_error_message=_("Say whether it covers the text, the picture or both."),
            ),
            models.CheckConstraint(
                condition=Q(assent=True) | Q(assent_on=None),
                name="stories_authorization_assent_has_no_day_alone",
                violation_error_message=_("There is a day on which the child agreed, so tick that the child agreed."),
            ),
            models.CheckConstraint(
                condition=~Q(relationship="patient") | Q(turns_18_on=None) | Q(signed_on__gte=F("turns_18_on")),
                name="stories_authorization_patient_is_18",
                violation_error_message=_("A patient can sign from the day of turning 18."),
            ),
            models.CheckConstraint(
                condition=Q(copy_given_on=None) | Q(copy_given_on__gte=F("signed_on")),
                name="stories_authorization_copy_after_signed",
                violation_error_message=_("The family gets a copy of what was signed, so not before “signed on”."),
            ),
        ]

    def __str__(self) -> str:
        return _("signed on %(day)s") % {"day": self.signed_on}

    @property
    def missing(self) -> list[str]:
        return [str(self._meta.get_field(name).verbose_name) for name in TERMS if not getattr(self, name)]  # type: ignore[union-attr]

    def clean(self) -> None:
        before = Authorization.objects.filter(pk=self.pk).first() if self.pk else None
        if before is None:
            return
        fixed = _("What was signed stays as it is. If the paper changed, add the new paper and revoke this one.")
        later = _("A paper can end earlier, not later. If it was signed anew, add the new paper.")
        changed = {name for name in FIXED if getattr(self, name) != getattr(before, name)}
        changed |= {name for name in FILLED_ONCE if getattr(before, name) not in ("", None, False, getattr(self, name))}
        faults = {name.removesuffix("_id"): fixed for name in changed}
        faults |= {name: later for name in ONLY_EARLIER if not _not_later(getattr(self, name), getattr(before, name))}
        if faults:
            raise ValidationError(faults)


def _not_later(day: date | None, before: date | None) -> bool:
    return before is None or (day is not None and day <= before)


LONGEST_OPENING = 140  # characters


class StoryQuerySet(PublishableQuerySet):
    def with_consent(self, now: datetime | None = None) -> Self:
        """Each with what valid papers allow on the site's calendar day of `now` (UTC, default: now), and who signed."""
        papers = _valid_papers(now)
        signed_text = papers.filter(covers_text=True)
        return self.annotate(
            allows_text=Exists(signed_text),
            allows_picture=Exists(papers.filter(covers_picture=True)),
            allows_name=Exists(papers.filter(covers_name=True)),
            patient_signed=Exists(signed_text.filter(relationship=Authorization.Relationship.PATIENT)),
        )

    def published(self, now: datetime | None = None) -> Self:
        return super().published(now).with_consent(now)


def _valid_papers(now: datetime | None) -> AuthorizationQuerySet:
    """Of the story of the question around it."""
    return Authorization.objects.valid(now).filter(story=OuterRef("pk"))


class Story(Findable, Slugged, InLanguage, Publishable, Pictured, SampleMarked):
    """A family's story, in their words. Its picture and its name are public only by `shows_picture` and `teller`.

    What is allowed comes from `StoryQuerySet.with_consent`; a story fetched without it has neither picture nor name.
    """

    search_kind, search_place, search_label = "story", 5, _("Success story")
    allows_text = allows_picture = allows_name = patient_signed = False
    # Not the families' words: they have a history of their own.
    audit_values = ("title", "slug", "language", "conditions", "publish_at", "expires_at", "is_sample", "picture")

    title = Line(_("title"), max_length=200)
    name_shown = Line(_("name shown"), max_length=100, help_text=_("A first name or another name the family chose."))
    age_band = Line(_("age"), max_length=40, blank=True, help_text=_("A range, like 8 to 10. Never a birth date."))
    summary = Line(_("in short"), max_length=300)
    text = LongTextField(_("text"))
    conditions = models.ManyToManyField(Condition, related_name="stories", blank=True, verbose_name=_("conditions"))
    history = HistoricalRecords(m2m_fields=[conditions], cascade_delete_history=True)

    objects: ClassVar = PicturedManager.from_queryset(StoryQuerySet)()

    class Meta:
        ordering = ["-publish_at", "-pk"]
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        permissions = [("erase_story_history", "Can erase a story, and what its history keeps")]
        constraints = [Pictured.alt_needed("stories_picture_alt"), *Publishable.dates_hold("stories")]

    def __str__(self) -> str:
        return self.title

    def search_entry(self) -> SearchEntry:
        return SearchEntry(self.language, self.title, f"{self.summary} {plain(self.text)}")

    @classmethod
    def is_shown(cls, now: datetime) -> Q:
        """While a valid paper covers the text, too."""
        return super().is_shown(now) & Q(Exists(_valid_papers(now).filter(covers_text=True)))

    @classmethod
    def search_pages(cls, ids: list[int], language: str) -> dict[int, FoundPage]:
        """Who may see a story is asked each time."""
        shown = cls.shown_for(ids, language)
        return {pk: FoundPage(story.get_absolute_url(), story.title, story.language) for pk, story in shown.items()}

    def get_absolute_url(self) -> str:
        return reverse("stories:story", args=[self.slug])

    @property
    def shows_picture(self) -> bool:
        return self.allows_picture and super().shows_picture

    @property
    def signature(self) -> str:
        """The name the family chose, or who they are to us where no paper covers the name; in the story's language."""
        if self.allows_name:
            return self.name_shown
        with override(self.language):
            return gettext("Somebody who was a patient here") if self.patient_signed else gettext("A family")

    @property
    def opening(self) -> str:
        """The first sentence, where it is short enough to stand in a list."""
        sentence = first_sentence(self.text)
        return sentence if len(sentence) <= LONGEST_OPENING else ""

    def teller(self) -> str:
        if not (self.allows_name and self.age_band):
            return self.signature
        with override(self.language):
            return gettext("%(name)s, age %(age)s") % {"name": self.name_shown, "age": self.age_band}

    @classmethod
    def public_rows(cls) -> QuerySet[Self]:
        return cls.objects.published().filter(allows_picture=True)
