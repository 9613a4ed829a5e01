"""The parts of an edition's text: its sections and its sources. They freeze with it."""

from typing import Any, Self

from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy as _

from conditions.models.edition import FALLBACK, PUBLISHED, Edition
from foundation.pages.languages import Named, check_language
from foundation.pictures.models import Pictured, Use
from foundation.prose.fields import Code, Line, WebAddress
from foundation.prose.text import LongTextField
from foundation.workflow import Refused


class PartOfEdition(models.Model):
    """A row that belongs to the text of an edition; saving and deleting it raises Refused once the edition is published."""

    audit_values = ("*",)

    edition: models.ForeignKey[Edition, Edition]
    order = models.PositiveSmallIntegerField(_("place"), default=0)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            self._refuse_if_published()
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            self._refuse_if_published()
            return super().delete(*args, **kwargs)

    def _refuse_if_published(self) -> None:
        """Asks the edition it stands in, and the one it is about to stand in."""
        manager: Any = type(self)._base_manager
        stored = manager.filter(pk=self.pk).values("edition")
        editions = Edition.objects.select_for_update().filter(Q(pk=self.edition.pk) | Q(pk__in=stored))
        if not all(edition.is_open for edition in editions):
            raise Refused(PUBLISHED)


class Section(PartOfEdition, Pictured):
    class Kind(models.TextChoices):
        """The order of the page; the label is the heading if the section has none of its own."""

        OVERVIEW = "overview", _("What it is")
        SYMPTOMS = "symptoms", _("Signs to look for")
        WHEN_TO_GET_HELP = "when-to-get-help", _("When to get help")
        CAUSES = "causes", _("What causes it")
        DIAGNOSIS = "diagnosis", _("How we find it")
        TREATMENT = "treatment", _("Treatment")
        LIVING_WITH = "living-with", _("Living with it")
        OUTLOOK = "outlook", _("What to expect")
        QUESTIONS = "questions", _("Questions to ask your doctor")

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="sections")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    heading = Line(_("heading"), max_length=120, blank=True, help_text=_("Leave empty for the usual one."))
    body = LongTextField(_("text"))

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        constraints = [Pictured.alt_needed("conditions_section_picture_alt")]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def title(self) -> str:
        return self.heading or str(self.get_kind_display())

    @classmethod
    def public_rows(cls) -> QuerySet[Self]:
        return cls.objects.filter(edition__status__in=["approved", "withdrawn"], edition__publish_at__lte=timezone.now())

    @classmethod
    def picture_uses(cls, name: str) -> list[Use]:
        rows = cls.objects.filter(picture=name).order_by("-edition__pk", "order", "pk")
        rows = rows.select_related("edition__condition").prefetch_related("edition__condition__names")
        live = set(Edition.objects.live().filter(sections__picture=name).values_list("pk", flat=True))
        return [Use(row.edition, f"{row.edition}: {row}", _state(row.edition, live)) for row in rows]


def _state(edition: Edition, live: set[int]) -> str:
    """What an edition is to readers, where `live` are the numbers of those that pages show now."""
    if edition.is_open:
        return gettext("open draft")
    if edition.pk in live:
        return gettext("visitors see it")
    coming = edition.status == Edition.Status.APPROVED and edition.publish_at and edition.publish_at > timezone.now()
    return gettext("published for a coming day") if coming else gettext("earlier version")


class Source(PartOfEdition):
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="sources")
    title = Line(_("title"), max_length=300)
    publisher = Line(_("publisher"), max_length=200, blank=True)
    url = WebAddress(_("address"), max_length=500, blank=True)
    language = Code(
        _("language"),
        max_length=12,
        default=FALLBACK,
        validators=[check_language],
        help_text=_("Of the title, as a code: en, es."),
    )
    date = Code(
        _("date"),
        max_length=10,
        help_text=_("2025, 2025-05 or 2025-05-08."),
        validators=[
            RegexValidator(
                r"^(19|20)\d\d(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$", _("Write it like 2025, 2025-05 or 2025-05-08.")
            )
        ],
    )

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("source")
        verbose_name_plural = _("sources")

    def __str__(self) -> str:
        return self.title

    @property
    def named(self) -> Named:
        return Named(self.title, self.language)

    @property
    def published_by(self) -> Named:
        return Named(self.publisher, self.language)


class Translation(PartOfEdition):
    """Of which English version an edition is the translation, and who answers for its words. Source: 45 CFR 92.201(c)(3)."""

    edition = models.OneToOneField(Edition, on_delete=models.CASCADE, related_name="translation")
    of = models.ForeignKey(
        Edition, on_delete=models.PROTECT, null=True, blank=True, related_name="translations", verbose_name=_("translates")
    )
    translated_by = Line(_("translated by"), max_length=120, blank=True)
    machine_used = models.BooleanField(_("a machine helped"), default=False)
    checked_by = Line(
        _("checked by"),
        max_length=120,
        blank=True,
        help_text=_(
            "The qualified translator who read every sentence against the English. Speaking the language is not enough."
        ),
    )
    order = None  # type: ignore[assignment]  # it stands in no list

    class Meta:
        verbose_name = _("translation")
        verbose_name_plural = _("translations")

    def __str__(self) -> str:
        return f"{self.edition_id} ← {self.of_id}"
