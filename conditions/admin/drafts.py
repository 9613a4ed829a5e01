"""How a draft begins: as a copy of what is published, or from a Word file."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _, gettext_lazy

from conditions import actions, word_drafts
from conditions.models import Edition
from conditions.models.edition import FALLBACK
from foundation.prose.word.document import WordText, read
from foundation.prose.word.package import MOST_BYTES


class DraftForm(forms.ModelForm):
    """`word` becomes what was read of the file."""

    word = forms.FileField(
        label=gettext_lazy("From a Word file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".docx"}),
        help_text=gettext_lazy(
            "If you have one (.docx): its headings become sections. Short answer, urgent advice and sources stay those of the "
            "published text. What could not be taken over stands as comments on the draft."
        ),
    )

    def clean_word(self) -> WordText | None:
        upload = self.cleaned_data["word"]
        if upload is None:
            return None
        if upload.size > MOST_BYTES:
            raise ValidationError(_("The file is larger than 20 MB. Take pictures out of it and try again."), code="too_large")
        text = read(upload.read())
        word_drafts.check_length(text)
        return text


@transaction.atomic
def start(*, word: WordText | None, by: User, **page: Any) -> Edition:
    """Where there is nothing to begin with, in the first language, the usual sections stand there empty."""
    if word:
        return word_drafts.start_draft_from_word(text=word, by=by, **page)
    draft = actions.start_draft(by=by, **page)
    if draft.language == FALLBACK and not draft.sections.exists():
        actions.add_usual_sections(edition=draft, by=by)
    return draft
