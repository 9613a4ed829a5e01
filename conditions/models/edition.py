"""One version of a condition's text in one language, from first draft to withdrawal.

A published edition is never edited: its rows refuse it here, and the database refuses it (triggers of the migration).
"""

import hashlib
import json
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext_lazy as _, override

from conditions.models.condition import Condition, ConditionName
from directory.models import Clinician
from foundation.pages.languages import language_choices
from foundation.prose.fields import Line, Paragraphs
from foundation.prose.text import plain
from foundation.search.entries import SearchEntry, as_sentences
from foundation.search.findable import Findable, FoundPage
from foundation.workflow import Refused

FALLBACK = "en"  # the language of a page, or of the rest of it, that is missing in the reader’s
MOST_POINTS = 6
PUBLISHED = _("This edition was published, so its text cannot be changed. Start a new draft instead.")
LEVELS = ("ask_us", "call_today", "emergency")  # of the urgent advice
TEXT_FIELDS = ("summary", "key_points", *LEVELS)


class Revision(models.PositiveIntegerField):
    """A number that only the database raises (a trigger of the migration); a save leaves it as it is stored."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        return 0 if add else F(self.attname)


class EditionQuerySet(models.QuerySet["Edition"]):
    """Moments are UTC."""

    def public(self, now: datetime | None = None) -> Self:
        """Approved and due at `now` (default: this moment): the live ones and those they replaced."""
        return self.filter(status=Edition.Status.APPROVED, publish_at__lte=now or timezone.now())

    def live(self, now: datetime | None = None) -> Self:
        """What the pages show at `now`: of each condition and language the approved edition with the latest `publish_at`."""
        later = Edition.objects.public(now).filter(condition=OuterRef("condition"), language=OuterRef("language"))
        newer = Q(publish_at__gt=OuterRef("publish_at")) | Q(publish_at=OuterRef("publish_at"), number__gt=OuterRef("number"))
        return self.public(now).filter(~Exists(later.filter(newer)))

    def live_or_withdrawn(self) -> Self:
        """The live ones and those that were withdrawn after they had been shown."""
        live: Any = self.live()
        return live | self.filter(status=Edition.Status.WITHDRAWN, withdrawn_at__gt=F("publish_at"))

    def of_page(self, edition: "Edition") -> Self:
        return self.filter(condition=edition.condition_id, language=edition.language)

    def with_search_text(self) -> Self:
        return self.select_related("condition").prefetch_related("sections", "condition__names", "condition__codes")

    def open(self) -> Self:
        return self.filter(status__in=Edition.OPEN)


class Edition(Findable):
    """A version of the text. `status` changes only through the verbs of `conditions.actions`."""

    search_kind, search_place, search_label = "condition", 1, _("Condition")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Waiting for sign-off")
        APPROVED = "approved", _("Approved")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    OPEN = (Status.DRAFT, Status.SUBMITTED)
    MOVES = {
        Status.DRAFT: {Status.SUBMITTED},
        Status.SUBMITTED: {Status.DRAFT, Status.APPROVED},
        Status.APPROVED: {Status.WITHDRAWN},
        Status.WITHDRAWN: set[Status](),
    }

    condition = models.ForeignKey(Condition, on_delete=models.PROTECT, related_name="editions", verbose_name=_("condition"))
    language = models.CharField(_("language"), max_length=10, choices=language_choices, default="en")
    number = models.PositiveIntegerField(_("version"), editable=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    change_note = Line(
        _("what changed"), max_length=300, blank=True, help_text=_("One sentence for readers: what is new in this version.")
    )
    is_minor = models.BooleanField(
        _("small change"),
        default=False,
        help_text=_("Only a typo or a link. Reviewers see it among the small changes; the text decides if it must be signed."),
    )
    summary = Paragraphs(
        _("the short answer"), blank=True, help_text=_("Two or three plain sentences: what it is, and what helps.")
    )
    key_points = Paragraphs(_("key points"), blank=True, help_text=_("One on each line. Five at most read well."))
    ask_us = Paragraphs(_("urgent advice: ask us"), blank=True, help_text=_("One sign on each line."))
    call_today = Paragraphs(_("urgent advice: call today"), blank=True, help_text=_("One sign on each line."))
    emergency = Paragraphs(_("urgent advice: emergency"), blank=True, help_text=_("One sign on each line."))

    authors = models.ManyToManyField(
        settings.AUTH_USER_MODEL, editable=False, related_name="written_editions", verbose_name=_("written by")
    )
    changed_at = models.DateTimeField(_("last changed"), auto_now=True)
    asked = models.ManyToManyField(
        Clinician,
        blank=True,
        related_name="asked_editions",
        verbose_name=_("reviewers asked"),
        help_text=_(
            "Each of them must sign before this can be approved. If nobody is named, one reviewer’s signature will do."
        ),
    )
    reviewed_by = models.ForeignKey(
        Clinician, on_delete=models.PROTECT, null=True, editable=False, related_name="reviewed_editions"
    )
    reviewed_on = models.DateField(_("reviewed on"), null=True, editable=False)
    also_reviewed_by = models.CharField(
        _("reviewed with"),
        max_length=1000,
        blank=True,
        editable=False,
        help_text=_("Names of further reviewers, as they signed, one on each line."),
    )
    signed_digest = models.CharField(max_length=64, blank=True, editable=False)
    revision = Revision(default=0, editable=False, help_text=_("Grows with every change to the text; a signature is for one."))
    publish_at = models.DateTimeField(_("shown from"), null=True, editable=False)
    next_review_due = models.DateField(_("next review due"), null=True, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)
    withdrawn_reason = Line(_("why it was withdrawn"), max_length=300, blank=True, editable=False)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["condition", "language", "-number"]
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        indexes = [
            models.Index(fields=["status", "publish_at"], name="conditions_edition_live"),
            # by which `live` finds what is newer than one edition without looking at all of them
            models.Index(fields=["condition", "language", "status", "publish_at"], name="conditions_edition_newer"),
        ]
        permissions = [
            ("sign_off_edition", _("Can sign off an edition as its clinical reviewer")),
            ("approve_edition", _("Can approve and withdraw an edition")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["condition", "language", "number"], name="conditions_edition_number_unique"),
            models.UniqueConstraint(
                fields=["condition", "language"],
                condition=Q(status__in=["draft", "submitted"]),
                name="conditions_edition_one_open_draft",
                violation_error_message=_("There is an open draft in this language already. Continue that one."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "submitted"])
                | Q(
                    ~Q(signed_digest=""),
                    ~Q(summary=""),
                    reviewed_by__isnull=False,
                    reviewed_on__isnull=False,
                    publish_at__isnull=False,
                    next_review_due__gt=F("reviewed_on"),
                ),
                name="conditions_edition_approved_is_reviewed",
            ),
            models.CheckConstraint(
                condition=Q(status="withdrawn", withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")
                | ~Q(status="withdrawn") & Q(withdrawn_at=None, withdrawn_reason=""),
                name="conditions_edition_withdrawn_says_why",
            ),
            models.CheckConstraint(
                condition=Q(signed_digest="", reviewed_by=None, reviewed_on=None)
                | ~Q(signed_digest="") & Q(reviewed_by__isnull=False, reviewed_on__isnull=False),
                name="conditions_edition_signed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return _("%(condition)s, %(language)s, version %(number)s") % {
            "condition": self.condition,
            "language": self.get_language_display(),
            "number": self.number,
        }

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises Refused for a published edition, and for a status changed past the verbs. Gives a new one its number."""
        if self._state.adding:
            if self.status not in self.OPEN:
                raise Refused(PUBLISHED)
            last = Edition.objects.of_page(self).aggregate(models.Max("number"))
            self.number = self.number or (last["number__max"] or 0) + 1
        else:
            stored = Edition.objects.values_list("status", flat=True).get(pk=self.pk)
            if stored not in self.OPEN or stored != self.status:
                raise Refused(PUBLISHED)
        super().save(*args, **kwargs)

    def clean(self) -> None:
        if len(self.points) > MOST_POINTS:
            words = _("Keep it to %(most)s key points; there are %(count)s.")
            fault = ValidationError(words, "too_many", {"most": MOST_POINTS, "count": len(self.points)})
            raise ValidationError({"key_points": fault})

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if self.status not in self.OPEN:
            raise Refused(PUBLISHED)
        return super().delete(*args, **kwargs)

    def search_entry(self) -> SearchEntry | None:
        """Under the names of its condition, of which misspellings and the like lead to it but are never shown."""
        if self.status != self.Status.APPROVED:
            return None
        names = list(self.condition.names.all())
        own = [n.text for n in names if n.kind == ConditionName.Kind.PREFERRED and n.language == self.language]
        with override(self.language):
            parts = [f"{section.title}\n{plain(section.body)}" for section in self.sections.all()]
        return SearchEntry(
            self.language,
            own[0] if own else self.condition.slug,
            as_sentences([*(getattr(self, name) for name in TEXT_FIELDS), *parts]),
            names=[name.text for name in names if name.kind in ConditionName.SHOWN],
            hidden=[name.text for name in names if name.kind not in ConditionName.SHOWN],
            codes=[code.for_search() for code in self.condition.codes.all()],
        )

    @classmethod
    def search_rows(cls) -> EditionQuerySet:
        return cls.objects.filter(status=cls.Status.APPROVED).with_search_text()

    @classmethod
    def search_pages(cls, ids: list[int], language: str) -> dict[int, FoundPage]:
        public = cls.objects.public().filter(condition=OuterRef("condition"))
        names = ConditionName.objects.filter(condition=OuterRef("condition"), kind=ConditionName.Kind.PREFERRED)
        live = cls.objects.live().annotate(
            own=Exists(public.filter(language=language)),
            english=Exists(public.filter(language="en")),
            own_name=Subquery(names.filter(language=language).values("text")[:1]),
            english_name=Subquery(names.filter(language="en").values("text")[:1]),
        )
        rows = live.filter(Q(own=True) | Q(english=True), pk__in=ids)
        pages = {}
        for pk, slug, own, own_name, english_name in rows.values_list(
            "pk", "condition__slug", "own", "own_name", "english_name"
        ):
            title = (own_name if own else english_name) or slug
            pages[pk] = FoundPage(reverse("conditions:condition", args=[slug]), title, language if own else "en")
        return pages

    def get_absolute_url(self) -> str:
        return reverse("conditions:version", args=[self.condition.slug, self.number])

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_scheduled(self) -> bool:
        return bool(self.status == self.Status.APPROVED and self.publish_at and self.publish_at > timezone.now())

    @property
    def is_overdue(self) -> bool:
        return bool(self.next_review_due and self.next_review_due < timezone.localdate())

    @property
    def points(self) -> list[str]:
        return _lines(self.key_points)

    @property
    def reviewed_with(self) -> str:
        """The further reviewers in the reader's language, like “B, MD and C, MD”."""
        names: list[Any] = _lines(self.also_reviewed_by)
        return get_text_list(names, str(_("and")))

    @property
    def is_first_part(self) -> bool:
        """Whether it is the short answer, key points and urgent advice alone, signed and shown before the long text exists."""
        return not self.sections.all()

    @property
    def urgent(self) -> dict[str, list[str]]:
        return {level: _lines(getattr(self, level)) for level in LEVELS}

    def clinical_text(self) -> list[Any]:
        """What a sign-off stands for: language and first fields, then the sections with their pictures, then the sources."""
        own = [self.language, *(getattr(self, name) for name in TEXT_FIELDS)]
        sections = [
            [s.kind, s.heading, s.body, s.picture, s.picture_alt, s.picture_caption]
            for s in self.sections.order_by("order", "pk")
        ]
        sources = [[s.title, s.publisher, s.url, s.date, s.language] for s in self.sources.order_by("order", "pk")]
        return [own, sections, sources]

    def digest(self) -> str:
        """SHA-256 (hexadecimal) of `clinical_text`."""
        return self.digest_of(self.clinical_text())

    @staticmethod
    def digest_of(text: list[Any]) -> str:
        return hashlib.sha256(json.dumps(text, ensure_ascii=False).encode()).hexdigest()

    @property
    def is_signed(self) -> bool:
        return bool(self.signed_digest) and self.signed_digest == self.digest()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
