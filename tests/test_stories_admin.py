"""Stories and authorizations in the admin."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.audit.models import Record
from stories.models import Authorization, Story
from tests import factories
from tests.admin_forms import filled, told

LIST = "admin:stories_story_changelist"


def change(story):
    return reverse("admin:stories_story_change", args=[story.pk])


def states(client, **query):
    return {row.slug: client_state(client, row) for row in client.get(reverse(LIST), query).context["cl"].result_list}


def client_state(client, row):
    page = client.get(change(row))
    return page.context["adminform"].model_admin.state(page.context["original"])


def test_list_costs_the_same_with_one_and_three_rows(admin_client):
    factories.story("one", [factories.condition("one")])
    admin_client.get(reverse(LIST))
    with CaptureQueriesContext(connection) as few:
        admin_client.get(reverse(LIST))
    factories.story("two", [factories.condition("two")], authorized=False)
    factories.authorization(factories.story("three"), expires_on=date(2026, 1, 1))
    with CaptureQueriesContext(connection) as many:
        admin_client.get(reverse(LIST))

    assert len(many) == len(few)


@time_machine.travel(datetime(2026, 11, 22, 15, tzinfo=UTC), tick=False)
def test_list_says_in_words_why_a_story_is_hidden(admin_client):
    factories.story("visible")
    factories.story("draft", status="draft")
    factories.story("later", publish_at=datetime(2027, 1, 5, 15, tzinfo=UTC))
    factories.story("over", expires_at=datetime(2026, 3, 4, 15, tzinfo=UTC))
    factories.story("unsigned", authorized=False)
    papers = {
        "ended": {"expires_on": date(2026, 3, 31)},
        "revoked": {"revoked_on": date(2026, 5, 1)},
        "coming": {"signed_on": date(2026, 12, 1)},
        "print": {"covers_website": False, "covers_print": True},
    }
    for slug, fields in papers.items():
        factories.authorization(factories.story(slug, authorized=False), **fields)

    assert states(admin_client) == {
        "visible": "visible",
        "draft": "draft",
        "later": "hidden until 5 Jan 2027",
        "over": "hidden: shown until 4 Mar 2026",
        "unsigned": "hidden: no authorization",
        "ended": "hidden: authorization ended 31 Mar 2026",
        "revoked": "hidden: authorization revoked 1 May 2026",
        "coming": "hidden: authorization starts 1 Dec 2026",
        "print": "hidden: authorization does not cover the website",
    }
    assert list(states(admin_client, shown="yes")) == ["visible"]
    assert len(states(admin_client, shown="no")) == 8


def test_revoking_in_the_form_hides_the_story(admin_client):
    story = factories.story()
    values = filled(admin_client.get(change(story)), **{"authorizations-0-revoked_on": "2026-01-02"})

    response = admin_client.post(change(story), values)

    assert response.status_code == 302
    assert list(Story.objects.published()) == []


def test_authorizations_are_never_deleted(admin_client):
    story = factories.story()
    values = filled(admin_client.get(change(story)), **{"authorizations-0-DELETE": "on"})

    admin_client.post(change(story), values)
    admin_client.post(reverse("admin:stories_story_delete", args=[story.pk]), {"post": "yes"})
    action = {"action": "delete_selected", "_selected_action": [story.pk], "post": "yes"}
    admin_client.post(reverse(LIST), action)

    assert Authorization.objects.get().story == story


def test_authorization_that_ends_before_it_was_signed_is_refused(admin_client):
    story = factories.story()

    response = admin_client.post(
        change(story), filled(admin_client.get(change(story)), **{"authorizations-0-expires_on": "2020-01-02"})
    )

    errors = response.context["inline_admin_formsets"][0].formset.errors
    assert errors == [{"__all__": ["“Last day” must not be before “signed on”."]}]


def test_publishing_and_taking_back_ask_first_and_are_recorded(admin_client, admin_user):
    story = factories.story(status="draft")
    publish, take_back = (reverse(f"admin:stories_story_{verb}", args=[story.pk]) for verb in ("publish", "unpublish"))

    asked = admin_client.get(publish)
    before = list(Story.objects.published())
    published = admin_client.post(publish, follow=True)
    during = list(Story.objects.published())
    admin_client.post(take_back)

    assert "Visitors see it from its “shown from” date, or at once if it has none." in asked.text
    assert (before, during, list(Story.objects.published())) == ([], [story], [])
    assert told(published) == ["“Story pool” is published."]
    assert list(Record.objects.order_by("sequence").values_list("actor", "verb")) == [
        ("admin", "published"),
        ("admin", "unpublished"),
    ]


def test_publishing_needs_the_permission(client, db):
    story = factories.story(status="draft")
    client.force_login(factories.staff("sam", "view_story"))

    response = client.post(reverse("admin:stories_story_publish", args=[story.pk]))

    assert response.status_code == 403
    assert [label for _address, label in client.get(change(story)).context["buttons"]] == ["Preview", "Paper to sign"]


def test_history_shows_old_and_new_values(admin_client):
    story = factories.story()
    admin_client.post(change(story), filled(admin_client.get(change(story)), title="A better title"))

    page = admin_client.get(reverse("admin:stories_story_history", args=[story.pk]))

    assert "<del>Story pool</del> <ins>A better title</ins>" in page.text
    assert "style=" not in page.text


def test_old_versions_cannot_be_put_back(admin_client):
    story = factories.story()
    version = story.history.latest().pk

    assert admin_client.post(f"/admin/stories/story/{story.pk}/history/{version}/", {"title": "x"}).status_code in {302, 404}
    assert Story.objects.get().title == "Story pool"


def test_second_save_over_somebody_elses_is_refused(admin_client):
    story = factories.story()
    mine = filled(admin_client.get(change(story)), title="Mine")
    admin_client.post(change(story), filled(admin_client.get(change(story)), title="Theirs"))

    response = admin_client.post(change(story), mine)

    assert Story.objects.get().title == "Theirs"
    assert [(row["stored"], row["typed"]) for row in response.context["stored"]] == [("Theirs", "Mine")]


def test_conditions_of_a_story_survive_a_refused_save(admin_client):
    story = factories.story(conditions=[factories.condition("one"), factories.condition("two")])
    mine = filled(admin_client.get(change(story)), title="Mine")
    admin_client.post(change(story), filled(admin_client.get(change(story)), title="Theirs"))

    response = admin_client.post(change(story), mine)

    chosen = response.context["adminform"].form["conditions"].value()
    assert sorted(map(int, chosen)) == sorted(story.conditions.values_list("pk", flat=True))


@pytest.mark.parametrize("address", ["publish", "unpublish"])
def test_asking_page_leaves_the_story_alone(admin_client, address):
    story = factories.story()

    admin_client.get(reverse(f"admin:stories_story_{address}", args=[story.pk]))

    assert Story.objects.get().changed_at == story.changed_at
