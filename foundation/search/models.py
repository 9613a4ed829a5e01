"""One table of everything findable, its names, and what was asked for in vain."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """One findable object in one language. `folded_title` and `folded_text` are without case and accents, as searched.

    The migration adds the text index: an FTS5 table kept by triggers on SQLite, a `tsvector` column on PostgreSQL.
    """

    kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    language = models.CharField(max_length=10)
    title = models.CharField(max_length=300)
    text = models.TextField()
    folded_title = models.TextField()
    folded_text = models.TextField()
    changed_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_id", "language"], name="search_entry_unique")]

    def __str__(self) -> str:
        return f"{self.kind} {self.title}"


class Name(models.Model):
    """A name, synonym, abbreviation, misspelling or code that leads to an entry.

    A code is meant only where it is typed without a mistake, or, of a `BRANCH`, where what is typed begins with it.
    """

    class Kind(models.TextChoices):
        NAME = "name"
        CODE = "code"
        BRANCH = "branch"

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="names")
    text = models.CharField(max_length=300)
    folded = models.CharField(max_length=300)
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.NAME)

    def __str__(self) -> str:
        return self.text


class MissQuerySet(models.QuerySet["Miss"]):
    def forgotten(self) -> Self:
        return self.filter(last_on__lt=timezone.localdate() - timedelta(days=settings.SEARCHES_DAYS))


class Miss(models.Model):
    """Words for which nothing was found, and how often. No address, no time of day: text only."""

    text = models.CharField(_("asked for"), max_length=80)
    language = models.CharField(_("language"), max_length=10)
    is_code = models.BooleanField(
        _("code"), default=False, help_text=_("Asked for by a health record, whose system sends codes and no words.")
    )
    count = models.PositiveIntegerField(_("times"), default=1)
    last_on = models.DateField(_("last on"), auto_now=True)

    objects = MissQuerySet.as_manager()

    class Meta:
        ordering = ["-count", "text"]
        verbose_name = _("search without result")
        verbose_name_plural = _("searches without result")
        constraints = [models.UniqueConstraint(fields=["text", "language"], name="search_miss_unique")]

    def __str__(self) -> str:
        return self.text
