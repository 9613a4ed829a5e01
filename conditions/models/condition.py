"""What rarely changes about a condition: who owns it, what it is called, how records code it, who treats it."""

import re
import string
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy as _

from directory.models import Department
from foundation.pages.languages import language_choices
from foundation.pages.models import SampleMarked, Slugged
from foundation.prose.days import DayField
from foundation.prose.fields import Code, Line
from foundation.search.entries import SearchCode
from foundation.search.findable import Searched, store_all
from foundation.search.fold import fold
from foundation.upkeep.models import LookedAfter, owner_field


class ConditionQuerySet(models.QuerySet["Condition"]):
    def readable(self, language: str, now: datetime | None = None) -> Self:
        """Those with a page to read at `now` (UTC), in `language` or else in English; their names come along."""
        editions: Any = self.model._meta.get_field("editions").related_model
        public = editions.objects.public(now).filter(condition=OuterRef("pk"), language__in=[language, "en"])
        return self.filter(Exists(public)).prefetch_related("names")  # of what is public, the newest is live

    def beside(self, condition: "Condition") -> Self:
        """Related conditions, and those not to be confused with it (`is_confusable`)."""
        related = Condition.related.through.objects.filter(from_condition=condition, to_condition=OuterRef("pk"))
        confusable = Condition.not_to_be_confused_with.through.objects.filter(
            from_condition=condition, to_condition=OuterRef("pk")
        )
        return self.annotate(is_confusable=Exists(confusable)).filter(Q(is_confusable=True) | Exists(related))


class Condition(Searched, Slugged, SampleMarked, LookedAfter):
    """A condition. Its text lives in editions; a page exists as soon as one of them is live."""

    owner = owner_field("owned_conditions")
    departments = models.ManyToManyField(
        Department, related_name="conditions", blank=True, verbose_name=_("departments, services and centers")
    )
    lead_department = models.ForeignKey(
        Department,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="led_conditions",
        verbose_name=_("department to call"),
        help_text=_(
            "The urgent advice names its number, its hours and what to do when it is closed, and requests go there first. "
            "Empty: the first of the departments above, as our list of departments sorts them."
        ),
    )
    related = models.ManyToManyField("self", blank=True, verbose_name=_("related conditions"))
    not_to_be_confused_with = models.ManyToManyField("self", blank=True, verbose_name=_("not to be confused with"))
    review_every_months = models.PositiveSmallIntegerField(
        _("review every (months)"), default=12, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )

    objects = ConditionQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")

    def __str__(self) -> str:
        return self.name_in("en")

    @property
    def name(self) -> str:
        return self.name_in(get_language() or "en")

    @property
    def name_language(self) -> str:
        return self._name_and_language(get_language() or "en")[1]

    def name_in(self, language: str) -> str:
        return self._name_and_language(language)[0]

    def _name_and_language(self, language: str) -> tuple[str, str]:
        """(preferred name, its language): in `language`, else in English, else in any language, else the slug."""
        names = self.names.all() if self.pk else []
        by_language = {name.language: name.text for name in names if name.kind == ConditionName.Kind.PREFERRED}
        best = next((code for code in (language, "en", *by_language) if code in by_language), "en")
        return by_language.get(best, self.slug), best

    def leading(self, departments: Iterable[Department]) -> list[Department]:
        """`departments` in their order, but the one to call before all others."""
        return sorted(departments, key=lambda department: department.pk != self.lead_department_id)

    def store_search_entries(self) -> None:
        """Of every approved edition, live, replaced or scheduled: what is live is asked when somebody searches."""
        store_all(list(self.editions.with_search_text()))

    def get_absolute_url(self) -> str:
        return reverse("conditions:condition", args=[self.slug])

    def new_draft_address(self, language: str) -> str:
        return f"{reverse('admin:conditions_edition_add')}?condition={self.pk}&language={language}"


LETTERS = ("#", *string.ascii_uppercase)


class Folded(models.CharField):
    """The name of a row as it is sorted (`search.fold`); written with every save, also by `bulk_create`. No other value is kept."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.derive(fold(str(model_instance)))
        setattr(model_instance, self.attname, value)
        return value

    def derive(self, folded: str) -> str:
        return folded[: self.max_length]


class Letter(Folded):
    """Under which of `LETTERS` the name stands: `#` for what starts otherwise."""

    def derive(self, folded: str) -> str:
        first = folded[:1].upper()
        return first if first and first in LETTERS else "#"


class ConditionName(models.Model):
    """One name in one language: shown and listed in the A–Z (`SHOWN`), or only there to be found."""

    audit_values = ("*",)

    class Kind(models.TextChoices):
        PREFERRED = "preferred", _("Preferred name")
        ALSO_CALLED = "also-called", _("Also called")
        ABBREVIATION = "abbreviation", _("Abbreviation")
        EVERYDAY = "everyday", _("Everyday words (search only)")
        MISSPELLING = "misspelling", _("Common misspelling (search only)")

    SHOWN = (Kind.PREFERRED, Kind.ALSO_CALLED, Kind.ABBREVIATION)

    condition = models.ForeignKey(Condition, on_delete=models.CASCADE, related_name="names")
    language = models.CharField(_("language"), max_length=10, choices=language_choices, default="en")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    text = Line(_("name"), max_length=200)
    say = Line(_("how to say it"), max_length=200, blank=True, help_text=_("Like os-tee-oh-my-uh-LY-tis."))
    folded = Folded(max_length=200, editable=False, default="")
    letter = Letter(max_length=1, editable=False, default="#")

    class Meta:
        ordering = ["language", "pk"]
        indexes = [models.Index(fields=["letter", "folded"], name="conditions_name_a_to_z")]
        verbose_name = _("name")
        verbose_name_plural = _("names")
        constraints = [
            models.UniqueConstraint(
                fields=["condition", "language", "text"],
                name="conditions_name_unique",
                violation_error_message=_("This name is there already."),
            ),
            models.UniqueConstraint(
                fields=["condition", "language"],
                condition=Q(kind="preferred"),
                name="conditions_name_one_preferred",
                violation_error_message=_("A condition has one preferred name in each language."),
            ),
        ]

    def __str__(self) -> str:
        return self.text


class ConditionCode(models.Model):
    """A code by which records and other systems know the condition. One code may belong to several conditions."""

    audit_values = ("*",)

    class System(models.TextChoices):
        """ICD-11 holds Foundation entity ids."""

        ICD_10_CM = "icd-10-cm", "ICD-10-CM"
        SNOMED_CT = "snomed-ct", "SNOMED CT"
        ORPHA = "orpha", "ORPHA"
        OMIM = "omim", "OMIM"
        MESH = "mesh", "MeSH"
        ICD_11 = "icd-11", "ICD-11"

    FORMATS = {
        System.ICD_10_CM: r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?",
        System.SNOMED_CT: r"[1-9][0-9]{5,17}",
        System.ORPHA: r"[0-9]{1,7}",
        System.OMIM: r"(PS)?[0-9]{6}",
        System.MESH: r"[CD][0-9]{6,9}",
        System.ICD_11: r"[0-9]{1,12}",
    }

    ALSO_CALLED: ClassVar[dict[System, tuple[str, ...]]] = {System.ORPHA: ("Orphanet", "Orphacode")}
    TELLING = 5  # digits of a number that is a code without the name of its system

    condition = models.ForeignKey(Condition, on_delete=models.CASCADE, related_name="codes")
    system = models.CharField(_("system"), max_length=12, choices=System)
    code = Code(_("code"), max_length=20)
    includes_descendants = models.BooleanField(_("with all codes below it"), default=False)
    valid_from = DayField(_("valid from"), null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("code")
        verbose_name_plural = _("codes")
        constraints = [models.UniqueConstraint(fields=["condition", "system", "code"], name="conditions_code_unique")]

    def __str__(self) -> str:
        return f"{self.get_system_display()} {self.code}"

    def for_search(self) -> SearchCode:
        """Alone, and behind the name of its system; a short number only so."""
        system = self.get_system_display()
        typed = [
            f"{name} {self.code}" for name in (system, system.split()[0], *self.ALSO_CALLED.get(self.System(self.system), ()))
        ]
        alone = [self.code] if self.code[0].isalpha() or len(self.code) >= self.TELLING else []
        return SearchCode(str(self), typed + alone, is_branch=self.includes_descendants)

    def clean(self) -> None:
        pattern = self.FORMATS.get(self.System(self.system)) if self.system in self.System else None
        fits = pattern and re.fullmatch(pattern, self.code or "")
        if not fits or (self.system == self.System.SNOMED_CT and not verhoeff_holds(self.code)):
            raise ValidationError({"code": ValidationError(_("This is no code of that system. Check each digit."), "code")})


def verhoeff_holds(digits: str) -> bool:
    """Whether the last digit is the Verhoeff check digit of the others (dihedral group of order 10)."""
    check, turned = 0, list(range(10))
    permutation = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    for digit in reversed(digits):
        check = _product(check, turned[int(digit)])
        turned = [permutation[place] for place in turned]
    return check == 0


def _product(left: int, right: int) -> int:
    """In the dihedral group: 0 to 4 are rotations, 5 to 9 reflections."""
    if left < 5:
        return (left + right) % 5 if right < 5 else (left + right) % 5 + 5
    return (left - right) % 5 + 5 if right < 5 else (left - right) % 5
