"""A person's right: what the history of a page keeps of somebody's words and pictures is gone for good."""

from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _, gettext_lazy

from foundation.adminkit.models import WorkingCopy
from foundation.adminkit.verbs import VerbForm
from foundation.audit.actions import record
from foundation.pictures import library
from foundation.pictures.models import LibraryPicture
from foundation.prose.typed import Prose
from foundation.workflow import Who


@transaction.atomic
def erase_history(*, obj: Any, reason: str, by: Who, verb: str = "erased the history of", picture: str = "") -> int:
    """Erases every kept version of `obj` but what it says now; and what was typed into its form and not saved.

    With them go the pictures that stood in them and stand nowhere else. `picture` names one more that it had until now.
    Returns how many versions there were. The record says that it was done and why, and nothing of what was there.
    """
    versions = obj.history.all()
    count, former = versions.count(), {*versions.values_list("picture", flat=True), picture} - {obj.picture, ""}
    for relation in versions.model._meta.related_objects:  # what each version was linked to
        relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": versions}).delete()
    versions.delete()
    WorkingCopy.objects.about(obj).delete()
    record(by=by, verb=verb, obj=obj, versions=count, reason=reason)
    for row in LibraryPicture.objects.filter(name__in=former):
        if not library.uses(row.name):
            library.erase(picture=row, reason=reason, by=by)
    return count


class ErasingForm(VerbForm):
    saves_first = False

    reason = Prose(
        label=gettext_lazy("Why"),
        max_length=200,
        help_text=gettext_lazy("Like: the family asked on 8 Sep 2026. No names: this stays in the audit record for good."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class EraseHistory(ErasingForm):
    name = "erase-history"
    label = gettext_lazy("Erase what history keeps")
    permission = "erase_{model}_history"
    explain = gettext_lazy(
        "Every earlier version goes for good, with pictures that stand nowhere else and with what colleagues typed here and did not save. What the page says now stays. "
        "This cannot be undone."
    )

    @classmethod
    def possible(cls, request: HttpRequest, obj: Any) -> bool:
        return bool(obj.history.exists())

    def act(self) -> str:
        count = erase_history(obj=self.obj, reason=self.cleaned_data["reason"], by=self.by)
        return _("%(count)d earlier versions are erased.") % {"count": count}
