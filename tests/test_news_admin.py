"""The news in the admin."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.links.models import OutsideAddress
from news.models import NewsItem
from tests import factories
from tests.admin_forms import filled

LIST = reverse("admin:news_newsitem_changelist")
ADD = reverse("admin:news_newsitem_add")


def test_list_costs_the_same_with_one_and_three_rows(admin_client):
    factories.news("one")
    admin_client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        admin_client.get(LIST)
    factories.news("two")
    factories.news("three", status="draft")
    with CaptureQueriesContext(connection) as many:
        admin_client.get(LIST)

    assert len(many) == len(few)


def test_item_is_written_then_published_for_a_coming_moment(admin_client):
    own = {
        "title": "Open day",
        "slug": "open-day",
        "summary": "Come.",
        "text": "<p>Come.</p>",
        "publish_at": "2098-07-06T09:00",
    }

    admin_client.post(ADD, filled(admin_client.get(ADD), **own))
    item = NewsItem.objects.get()
    admin_client.post(reverse("admin:news_newsitem_publish", args=[item.pk]))

    item.refresh_from_db()
    assert item.publish_at.isoformat() == "2098-07-06T13:00:00+00:00"
    assert "hidden until 6 Jul 2098" in admin_client.get(LIST).text


def test_coverage_needs_its_source(admin_client):
    own = {"kind": "coverage", "title": "Seen", "slug": "seen", "summary": "In the paper."}

    response = admin_client.post(ADD, filled(admin_client.get(ADD), **own))

    assert response.context["adminform"].form.non_field_errors() == ["For coverage elsewhere, say who wrote it and where."]


def test_history_names_who_changed_what(admin_client):
    item = factories.news()
    address = reverse("admin:news_newsitem_change", args=[item.pk])
    admin_client.post(address, filled(admin_client.get(address), summary="Shorter."))

    page = admin_client.get(reverse("admin:news_newsitem_history", args=[item.pk]))

    assert "<del>In short evening.</del> <ins>Shorter.</ins>" in page.text
    assert item.history.latest().history_user.username == "admin"


def test_way_to_the_site_is_shown_only_while_visitors_see_it(admin_client):
    shown, draft = factories.news("shown"), factories.news("draft", status="draft")

    pages = [admin_client.get(reverse("admin:news_newsitem_change", args=[item.pk])) for item in (shown, draft)]

    assert [page.context["absolute_url"] for page in pages] == ["/news/shown/", None]


@pytest.mark.parametrize(
    ("found", "told"), [(None, "not checked yet"), ({"fault": ""}, "works"), ({"fault": "404, not found"}, "404, not found")]
)
def test_list_tells_what_the_last_check_found_at_the_address(admin_client, found, told):
    item = factories.news(kind="coverage", text="", source_name="Gazette", source_url="https://example.org/a")
    if found:
        OutsideAddress.objects.create(url=item.source_url, checked_at=factories.LONG_AGO, **found)

    assert f'<td class="field-link">{told}</td>' in admin_client.get(LIST).text


def test_author_is_of_our_own_article_alone(admin_client):
    own = {"kind": "coverage", "title": "Seen", "slug": "seen", "summary": "In the paper.", "author": "Us"}
    own |= {"source_name": "Gazette", "source_url": "https://example.org/a"}

    response = admin_client.post(ADD, filled(admin_client.get(ADD), **own))

    assert response.context["adminform"].form.non_field_errors() == [
        "“Written by” is for our own article, “appeared there on” for coverage elsewhere."
    ]


@pytest.mark.parametrize(
    ("status", "words"), [("draft", "do not see this news item today (draft)"), ("published", "see this news item today")]
)
def test_preview_shows_the_page_as_readers_would_see_it(admin_client, status, words):
    item = factories.news(status=status, conditions=[factories.live("crmo").condition])

    page = admin_client.get(reverse("admin:news_newsitem_preview", args=[item.pk]))

    assert words in page.text
    assert "Long evening." in page.text
    assert "Condition crmo" in page.text
    assert page["Cache-Control"].startswith("no-store") or "no-cache" in page["Cache-Control"]
