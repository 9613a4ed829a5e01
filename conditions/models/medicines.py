from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.prose.fields import Line, Paragraphs, Slug


class MedicineWarning(models.Model):
    """One warning on one medicine or group, in one language. The coach asks for it wherever a page names the medicine."""

    audit_values = ("*",)

    class Kind(models.TextChoices):
        PREGNANCY = "pregnancy", _("Pregnancy")
        INFECTION = "infection", _("Fever and infections")
        VACCINES = "vaccines", _("Vaccines")
        OVERDOSE = "overdose", _("Too much of it")
        STOPPING = "stopping", _("Stopping it")
        ILLNESS = "illness", _("With another illness")
        CHECKS = "checks", _("Checks while taking it")

    slug = Slug(_("short name"), max_length=100, help_text=_("Like methotrexate-pregnancy; the same in each language."))
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    medicine = Line(_("medicine"), max_length=100, help_text=_("Or a group of medicines, as pages name it."))
    also = Paragraphs(
        _("other names"), blank=True, help_text=_("Brands, short forms and members of the group, one on each line.")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    warning = Line(_("warning"), max_length=300, help_text=_("The sentence that a page needs, in families’ words."))
    known_by = Paragraphs(
        _("known by"),
        help_text=_("Words by which we see that a page says it, one wording on each line; any one of them will do."),
    )
    source = Line(_("where it comes from"), max_length=300, blank=True)

    class Meta:
        ordering = ["language", "medicine", "kind"]
        verbose_name = _("warning on a medicine")
        verbose_name_plural = _("warnings on medicines")
        constraints = [
            models.UniqueConstraint(
                fields=["language", "slug"],
                name="conditions_warning_unique",
                violation_error_message=_("This warning is in the table already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.medicine}: {self.warning}"

    @property
    def names(self) -> list[str]:
        return [self.medicine, *self.also.splitlines()]

    def is_said(self, text: str) -> bool:
        """Whether a page with this text has the warning. Neither case nor line breaks matter."""
        page = " ".join(text.split()).casefold()
        return any(words.strip().casefold() in page for words in self.known_by.splitlines() if words.strip())
