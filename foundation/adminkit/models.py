"""What is kept of the forms of staff: that one was sent, and words that were typed into one and not saved yet."""

import json
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.messages.storage.cookie import MessageDecoder, MessageEncoder
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.privacy.fields import SealedField, SealedModel, classify

MOMENT = timedelta(minutes=1)
FORGOTTEN = timedelta(days=1)


class SentFormQuerySet(models.QuerySet["SentForm"]):
    def forgotten(self, now: datetime | None = None) -> Self:
        return self.filter(at__lt=(now or timezone.now()) - FORGOTTEN)

    def last_about(self, subject: str) -> "SentForm | None":
        """The last thing done with `subject`, if it was done a moment ago."""
        return self.filter(subject=subject, at__gte=timezone.now() - MOMENT).order_by("-pk").first()


class SentForm(models.Model):
    """One form that did something: `address` is where it led, `told` the messages that said what was done.

    `key` is a hash of who sent it, where to, and all that was sent; `words` the same without the form's own number.
    Of a family's form nothing but `key` is kept.
    """

    key = models.CharField(max_length=64, unique=True)
    words = models.CharField(max_length=64)
    subject = models.CharField(max_length=200, db_index=True, help_text="The address of what it is about.")
    at = models.DateTimeField(default=timezone.now)
    address = models.TextField(blank=True)
    told = models.JSONField(default=list, encoder=MessageEncoder, decoder=MessageDecoder)

    objects = SentFormQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.subject} {self.at}"


KEPT = timedelta(days=14)


class WorkingCopyQuerySet(models.QuerySet["WorkingCopy"]):
    def forgotten(self, now: datetime | None = None) -> Self:
        return self.filter(at__lt=(now or timezone.now()) - KEPT)

    def about(self, obj: models.Model) -> Self:
        return self.filter(kind=obj._meta.label_lower, object_id=str(obj.pk))

    def unsaved(self, editor: User) -> Self:
        return self.filter(editor=editor).exclude(words="").order_by("-at", "-pk")

    def keep(self, *, editor: User, name: str, number: int, words: dict[str, str], **facts: Any) -> bool:
        """In place of what the same page kept before; no words at all erase it. False once that page was saved.

        Of two that overtake each other on their way the one with the higher `number` stays.
        """
        with transaction.atomic():
            copy, new = self.select_for_update().get_or_create(editor=editor, name=name, defaults=facts)
            if copy.is_saved:
                return False
            if new or number > copy.number:
                for field, value in facts.items():
                    setattr(copy, field, value)
                copy.number, copy.at = number, timezone.now()
                copy.words = json.dumps(words) if words else ""
                copy.save()
        return True

    def end(self, *, editor: User, name: str, **facts: Any) -> None:
        """The page was saved. Its empty row stays until `purge`: a keeping that comes late finds that it is too late."""
        self.update_or_create(editor=editor, name=name, defaults=facts | {"is_saved": True, "words": ""})


class WorkingCopy(SealedModel):
    """What one opened page holds that is not saved. `words` are those of each box by its place (`admin-keep.js`), as JSON.

    Sealed: nobody but `editor` is shown them, and nobody agreed yet to what they say, of a family least of all.
    """

    editor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="working_copies")
    kind = models.CharField(max_length=100, help_text="The label of the model.")
    object_id = models.CharField(max_length=40, blank=True, help_text="Empty for what is not added yet.")
    name = models.CharField(max_length=40, help_text="Drawn by the page when it was opened.")
    number = models.PositiveBigIntegerField(
        default=0, help_text="Grows with each keeping: milliseconds on that browser’s clock."
    )
    seen = models.CharField(max_length=100, blank=True, help_text="The saved state that the page was opened on.")
    device = models.CharField(max_length=60, blank=True)
    begun_at = models.DateTimeField(default=timezone.now)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    is_saved = models.BooleanField(default=False)
    words = SealedField()

    columns = classify(
        plain="id seal_id seal_version editor kind object_id name number seen device begun_at at is_saved", personal="words"
    )

    objects = WorkingCopyQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = verbose_name_plural = _("unsaved words")
        constraints = [models.UniqueConstraint(fields=["editor", "name"], name="adminkit_one_copy_of_a_page")]
        indexes = [models.Index(fields=["editor", "kind", "object_id"], name="adminkit_copies_of_an_object")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id} {self.at}"

    def read(self) -> dict[str, str]:
        return dict(json.loads(self.words or "{}"))
