"""What a reader is shown of a story; the preview for staff shows the same."""

from typing import Any

from django.urls import reverse, translate_url
from django.utils.translation import gettext as _

from foundation.prose.text import safe_html
from stories.models import Story


def page_of(story: Story) -> dict[str, Any]:
    crumbs = [(_("Home"), reverse("home")), (_("Stories"), reverse("stories:index")), (story.title, "")]
    return {
        "story": story,
        "text": safe_html(story.text, under_title=True),
        "crumbs": crumbs,
        "canonical": translate_url(story.get_absolute_url(), story.language),
    }
