"""The form of an authorization, the same on its own page and on its story's."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from foundation.adminkit.edit_conflicts import FreshForm
from stories.models.authorization import FILLED_ONCE, FIXED, TERMS
from stories.paper import usual_terms

FIELDS: list[Any] = [
    ("signed_for", "signed_by", "relationship"),
    ("signed_on", "expires_on", "revoked_on"),
    ("covers_text", "covers_picture", "covers_name"),
    ("covers_website", "covers_print", "covers_social"),
    "purpose",
    "recipients",
    "how_to_revoke",
    ("third_party_pay", "copy_given_on", "form_version"),
    ("assent", "assent_on", "turns_18_on"),
    "document",
]


class AuthorizationForm(FreshForm):
    """Once stored, shows what was signed and takes only what may still change."""

    class Media:
        css = {"all": ["css/admin-papers.css"]}  # what cannot be changed does not look as if it could

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        paper = self.instance
        if "turns_18_on" in self.fields:
            self.fields["turns_18_on"].label = _("turns %(age)d on") % {"age": settings.AGE_OF_MAJORITY}
        stored = {*FIXED, "story", *(name for name in FILLED_ONCE if getattr(paper, name))} if paper.pk else set()
        for name in stored & set(self.fields):
            self.fields[name].disabled = True
        if not paper.pk and "signed_for" in self.fields:
            for name in ("signed_for", *TERMS):
                self.fields[name].required = True
            self.initial.update(usual_terms())
