"""What an admin says of the links that lead to its rows, just when that matters: on a rename, and before something is hidden."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _, ngettext

from foundation.links import link_index

HIDING = {"unpublish", "withdraw"}


class Linked(admin.ModelAdmin):
    """For rows with a page of their own; `linked_by` is the attribute that has the page, if it is not the row itself."""

    linked_by = ""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "slug" in form.changed_data and (count := link_index.leading_to(obj).count()):
            sentence = ngettext("One link uses the old address.", "%(count)s links use the old address.", count) % {
                "count": count
            }
            messages.info(request, " ".join([sentence, _("Visitors are sent on to the new one.")]))

    def render_verb(self, request: HttpRequest, verb: Any, form: forms.BaseForm, context: dict[str, Any]) -> HttpResponse:
        if verb.name in HIDING and context.get("original"):
            original = context["original"]
            row = getattr(original, self.linked_by) if self.linked_by else original
            context["links_here"] = link_index.findings(link_index.leading_to(row))
        return super().render_verb(request, verb, form, context)  # type: ignore[misc]
