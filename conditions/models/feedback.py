from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conditions.models.edition import Edition
from foundation.prose.fields import Line


class PageFeedbackQuerySet(models.QuerySet["PageFeedback"]):
    def forgotten(self) -> Self:
        return self.filter(given_on__lt=timezone.localdate() - timedelta(days=settings.FEEDBACK_DAYS))


class PageFeedback(models.Model):
    """One answer to “Did this page help?”. Nothing about who gave it."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="feedback", verbose_name=_("edition"))
    helpful = models.BooleanField(_("helped"))
    comment = Line(_("comment"), max_length=300, blank=True)
    given_on = models.DateField(_("on"), auto_now_add=True)

    objects = PageFeedbackQuerySet.as_manager()

    class Meta:
        ordering = ["-given_on", "-pk"]
        verbose_name = _("answer from a reader")
        verbose_name_plural = _("answers from readers")

    def __str__(self) -> str:
        return self.comment or str(_("Yes") if self.helpful else _("No"))
