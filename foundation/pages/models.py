"""Abstract parts of everything that is published, and the old addresses that still lead somewhere."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import BooleanField, Case, Exists, ExpressionWrapper, OuterRef, Q, When
from django.urls import translate_url
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy as _

from foundation.pages.languages import Named, language_choices, language_name
from foundation.prose.days import MomentField
from foundation.prose.fields import Slug


class Translated(models.Model):
    """The fields hold the site's first language; `translations` the fields named in `translated` in others: {"es": {"name": …}}.

    What is not translated is read in the first language, and marked so (`Named.lang`).
    """

    translated: ClassVar[tuple[str, ...]]

    translations = models.JSONField(_("in other languages"), default=dict, blank=True)

    class Meta:
        abstract = True

    @property
    def words(self) -> dict[str, Named]:
        return self.words_in(get_language() or settings.LANGUAGE_CODE)

    def words_in(self, language: str) -> dict[str, Named]:
        own = self.translations.get(language, {})
        first = settings.LANGUAGE_CODE
        return {
            name: Named(own[name], language) if own.get(name) else Named(getattr(self, name), first)
            for name in self.translated
        }

    @property
    def written_in(self) -> list[str]:
        return [code for code, _name in settings.LANGUAGES if code == settings.LANGUAGE_CODE or self.translations.get(code)]

    def clean(self) -> None:
        """Every translation as its field would store it, without empty ones. Raises ValidationError."""
        super().clean()
        cleaned = {
            code: {name: self._clean_field(code, name, words[name]) for name in self.translated if words.get(name)}
            for code, words in self.translations.items()
        }
        self.translations = {code: words for code, words in cleaned.items() if words}

    def _clean_field(self, code: str, name: str, text: str) -> str:
        field: Any = self._meta.get_field(name)
        try:
            return str(field.clean(text, self))
        except ValidationError as error:
            words = {"language": language_name(code), "field": field.verbose_name, "faults": " ".join(error.messages)}
            raise ValidationError({"translations": _("%(language)s, %(field)s: %(faults)s") % words}) from error


class SampleMarked(models.Model):
    is_sample = models.BooleanField(
        _("sample content"), default=False, help_text=_("Shows “Sample content, not reviewed by a clinician” on the page.")
    )

    class Meta:
        abstract = True


class OldSlug(models.Model):
    """A slug that `object_id` of `kind` ("app.model") once had; its address redirects for ever."""

    kind = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100)
    object_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "slug"], name="pages_old_slug_unique")]

    def __str__(self) -> str:
        return f"{self.kind} {self.slug}"


class Slugged(models.Model):
    """Has an address of its own. A changed slug leaves an `OldSlug` behind, in the same save."""

    audit_values: ClassVar[tuple[str, ...]] = ("*",)  # what has a page is public

    slug = Slug(
        _("address"),
        max_length=100,
        unique=True,
        help_text=_("The last part of the page’s address. Old addresses keep working when you change it."),
    )

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Costs one more query on a change, to see whether the slug changed."""
        kind = self._meta.label_lower
        before = type(self)._base_manager.filter(pk=self.pk).values_list("slug", flat=True).first() if self.pk else None
        super().save(*args, **kwargs)
        if before and before != self.slug:
            OldSlug.objects.update_or_create(kind=kind, slug=before, defaults={"object_id": self.pk})
        if before != self.slug:
            OldSlug.objects.filter(kind=kind, slug=self.slug).delete()

    @classmethod
    def renamed(cls, slug: str) -> Self | None:
        old = OldSlug.objects.filter(kind=cls._meta.label_lower, slug=slug).first()
        return cls._base_manager.filter(pk=old.object_id).first() if old else None


class PublishableQuerySet(models.QuerySet[Any]):
    def published(self, now: datetime | None = None) -> Self:
        """What visitors may read at `now` (UTC, default: this moment)."""
        return self.filter(self.model.is_shown(now or timezone.now()))

    def with_shown(self) -> Self:
        """Each with whether visitors may read it now."""
        return self.annotate(shown=ExpressionWrapper(self.model.is_shown(timezone.now()), BooleanField()))

    def for_readers(self, language: str) -> Self:
        """What is published, first what is in the reader's language, then what was not translated into it (`InLanguage`)."""
        translations = self.model.objects.published().filter(language=language, translation_of=OuterRef("pk"))
        rows = self.published().filter(Q(language=language) | Q(~Exists(translations), translation_of=None))
        return rows.order_by(Case(When(language=language, then=0), default=1), *self.model._meta.ordering)


class Publishable(models.Model):
    """Draft or published, from a moment on, until a moment. Moments are UTC."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    publish_at = MomentField(_("shown from"), null=True, blank=True)
    expires_at = MomentField(_("shown until"), null=True, blank=True)
    changed_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        abstract = True

    @staticmethod
    def dates_hold(name: str) -> list[models.CheckConstraint]:
        """The constraints, named after `name`: published has a date, and nothing expires before it appears."""
        return [
            models.CheckConstraint(
                condition=Q(status="draft") | Q(publish_at__isnull=False), name=f"{name}_published_has_date"
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(publish_at=None) | Q(expires_at__gt=models.F("publish_at")),
                name=f"{name}_expires_after_shown",
                violation_error_message=_("“Shown until” must be after “shown from”."),
            ),
        ]

    @classmethod
    def is_shown(cls, now: datetime) -> Q:
        """Whether visitors may read it at `now`, as a condition of rows."""
        ends = Q(expires_at=None) | Q(expires_at__gt=now)
        return ends & Q(status=cls.Status.PUBLISHED, publish_at__lte=now)

    @property
    def is_published(self) -> bool:
        return self.status == self.Status.PUBLISHED

    def publish(self, *, at: datetime | None = None) -> None:
        """Draft → published, shown from `at` (UTC), else from the date it carries, else from now. Saves."""
        self.status = self.Status.PUBLISHED
        self.publish_at = at or self.publish_at or timezone.now()
        self.save()

    def unpublish(self) -> None:
        """Published → draft: no longer shown, at once. Saves."""
        self.status = self.Status.DRAFT
        self.save()


class InLanguage(models.Model):
    """Written in one language; a row of its own in each other one names what it is a translation of."""

    language = models.CharField(_("language"), max_length=10, choices=language_choices, default="en")
    translation_of = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="translated_as",
        verbose_name=_("translation of"),
        help_text=_("Readers of this language are shown this one instead."),
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        original: Any = self.translation_of
        if original and (original.language == self.language or original.translation_of_id or original.pk == self.pk):
            words = _("Choose what was written first, in another language.")
            raise ValidationError({"translation_of": words})

    @classmethod
    def shown_for(cls, ids: list[int], language: str) -> dict[int, Any]:
        """By each of these ids what visitors may read now: it in the reader's language, if it is written in that too."""
        published = cls.objects.published()  # type: ignore[attr-defined]
        rows = {row.pk: row for row in published.filter(pk__in=ids)}
        firsts = {row.translation_of_id or row.pk for row in rows.values() if row.language != language}
        others = published.filter(Q(pk__in=firsts) | Q(translation_of__in=firsts), language=language) if firsts else []
        theirs = {row.translation_of_id or row.pk: row for row in others}
        return {pk: theirs.get(row.translation_of_id or pk, row) for pk, row in rows.items()}

    def addresses(self) -> list[tuple[str, str]]:
        """(language, path) of it and of its translations that visitors may read now. Costs one query."""
        own: Any = self
        first = own.translation_of_id or own.pk
        rows = type(own).objects.published().filter(Q(pk=first) | Q(translation_of=first)).order_by("language")
        return [(row.language, translate_url(row.get_absolute_url(), row.language)) for row in rows]
