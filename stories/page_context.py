"""What a reader is shown of a story; the preview for staff shows the same."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import reverse, translate_url
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conditions.models import Condition
from foundation.prose.text import safe_html
from stories.models import Story


def with_conditions(stories: QuerySet[Story]) -> QuerySet[Story]:
    """With those of their conditions that have a page in the reader's language."""
    return stories.prefetch_related(Prefetch("conditions", Condition.objects.readable(get_language() or "en")))


def page_of(story: Story) -> dict[str, Any]:
    crumbs = [(_("Home"), reverse("home")), (_("Stories"), reverse("stories:index")), (story.title, "")]
    return {
        "story": story,
        "text": safe_html(story.text, under_title=True),
        "crumbs": crumbs,
        "canonical": translate_url(story.get_absolute_url(), story.language),
    }
