"""The editor's import map stands before every module: Firefox ignores one that follows, and shows no editor at all."""

import re

import pytest
from django.urls import reverse

from tests import factories

pytestmark = pytest.mark.django_db


def pages():
    """Every kind of page of the admin that has an editor."""
    draft = factories.draft()
    yield reverse("admin:conditions_edition_change", args=[draft.pk])
    yield reverse("admin:news_newsitem_change", args=[factories.news().pk])
    yield reverse("admin:stories_story_change", args=[factories.story().pk])
    for name in ("news_newsitem", "stories_story"):
        yield reverse(f"admin:{name}_add")
        yield reverse(f"admin:{name}_add") + "?_popup=1"


def test_import_map_comes_before_modules_and_the_keeper_of_words_before_the_editors(client):
    client.force_login(factories.administrator())

    for address in pages():
        text = client.get(address).text
        modules = [place.start() for place in re.finditer(r'type="module"|rel="modulepreload"', text)]

        assert text.count('type="importmap"') == 1, address
        assert text.index('type="importmap"') < min(modules), address
        assert text.index("js/admin-keep") < text.index("django_prose_editor/"), address
