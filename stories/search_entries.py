"""What the search knows of stories."""

from django.utils.translation import gettext_lazy as _

from foundation.prose.text import plain
from foundation.search import actions as search
from foundation.search.actions import Page, Source
from stories.models import Story


def store_story(story: Story) -> None:
    """Renews the search entry of one story."""
    body = f"{story.summary} {plain(story.text)}"
    search.store(kind="story", object_id=story.pk, language=story.language, title=story.title, body=body)


def _stories(ids: list[int], language: str) -> dict[int, Page]:
    found = Story.objects.published().filter(pk__in=ids)
    return {story.pk: Page(story.get_absolute_url(), story.title, story.language) for story in found}


def _rebuild() -> None:
    for story in Story.objects.all():
        store_story(story)


SOURCES = [Source("story", 4, _("Success stories"), _stories, _rebuild)]
