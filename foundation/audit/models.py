"""The append-only record of who read or changed what. Values only of what `foundation.audit.values` says."""

import json
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.audit.values import lines
from foundation.privacy.keys import keyed_hash

_written = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode


class RecordQuerySet(models.QuerySet["Record"]):
    def newest_first(self) -> Self:
        """By the clock; in the order of writing where two have the same moment."""
        return self.order_by("-at", "-sequence")

    def older_than(self, row: "Record") -> Self:
        """What follows `row` in `newest_first`."""
        return self.filter(at__lte=row.at).exclude(at=row.at, sequence__gte=row.sequence)

    def about(self, obj: models.Model) -> Self:
        return self.filter(kind=obj._meta.label_lower, object_id=str(obj.pk))

    def of_erasing(self) -> Self:
        return self.filter(verb__startswith="erased")


class Record(models.Model):
    """One thing somebody did. Each carries the keyed hash of the one before, so that a change or a gap shows.

    Written by `foundation.audit.actions.record` alone; the database refuses to change or delete a row, and who has the
    database but not `INDEX_KEY` can add none that holds.
    Objects and people are kept as text, so that nothing here blocks their deletion.
    """

    sequence = models.BigIntegerField(_("number"), unique=True)
    at = models.DateTimeField(_("when"), db_index=True)
    actor = models.CharField(_("who"), max_length=150, help_text=_("User name, or the command that ran."))
    verb = models.CharField(_("did"), max_length=60)
    kind = models.CharField(_("to what"), max_length=100)
    object_id = models.CharField(_("which"), max_length=60)
    label = models.CharField(_("called"), max_length=200)
    detail = models.JSONField(_("more"), default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = RecordQuerySet.as_manager()

    class Meta:
        ordering = ["-sequence"]
        verbose_name = _("audit record")
        verbose_name_plural = _("audit records")
        indexes = [  # each question of the list is answered by one, however many records there are
            models.Index(fields=["kind", "object_id", "sequence"], name="audit_by_object"),
            models.Index(fields=["kind", "at"], name="audit_by_kind"),
            models.Index(fields=["actor", "at"], name="audit_by_actor"),
            models.Index(fields=["label", "at"], name="audit_by_label"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.actor} {self.verb} {self.label}"

    @property
    def lines(self) -> list[str]:
        return lines(self.detail)

    @property
    def facts(self) -> list[str]:
        return [f"{name}: {value}" for name, value in self.detail.items() if name not in {"fields", "changes"}]

    def computed_hash(self) -> str:
        """Over the content and the previous hash."""
        others = (self.actor, self.verb, self.kind, self.object_id, self.label, self.detail, self.previous_hash)
        content = [self.sequence, self.at.isoformat(timespec="microseconds"), *others]
        return keyed_hash(_written(content), what="audit record")


class Head(models.Model):
    """One row: the last number and hash. Locked while a record is written, so that the chain has no forks.

    The database lets it go forwards only. What it said is exported every night (`export_audit_head`): a chain that was cut
    and set back together with its head is whole in itself, and shorter than what was exported.
    """

    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return str(self.sequence)
