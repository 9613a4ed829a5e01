"""What was typed into a change form is saved before a button above it leads on; nothing is lost where it cannot be."""

import re
from html import unescape

import pytest
from django.urls import reverse

from conditions import actions
from conditions.models import Comment, Edition
from tests import factories
from tests.admin_forms import filled, told

pytestmark = pytest.mark.django_db
BUTTON = re.compile(r'<button class="way-on" form="(\w+)" name="then" value="([^"]+)"[^>]*>(.*?)<', re.DOTALL)


def change(thing):
    return reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[thing.pk])


def ways_on(page):
    """(label, address) of every button that saves first."""
    return {unescape(label).strip(): unescape(address) for _form, address, label in BUTTON.findall(page.text)}


def draft():
    return factories.draft()


def draft_with_comment():
    made = factories.draft()
    Comment.objects.create(edition=made, who="edith", words="Say it shorter.")
    return made


def submitted():
    made = factories.draft()
    actions.submit(edition=made, by="test")
    return made


def story():
    return factories.story(status="draft")


def news():
    return factories.news(status="draft")


WAYS = [
    (draft, "summary", ["Comment", "Share a preview", "Compare", "Preview", "History"]),
    (draft_with_comment, "change_note", ["Answer it"]),
    (submitted, "key_points", ["Approve", "Send back to draft", "Comment", "Share a preview", "Compare", "Preview"]),
    (story, "summary", ["Publish", "Preview", "What links here", "History"]),
    (news, "title", ["Publish", "History"]),
    (factories.condition, "slug", ["Start a new draft (English)", "Start a new draft (Spanish)"]),
]


@pytest.mark.parametrize(("make", "field", "labels"), WAYS, ids=[make.__name__ for make, *_rest in WAYS])
def test_every_button_saves_what_was_typed_and_leads_on(client, make, field, labels):
    thing = make()
    client.force_login(factories.administrator())
    found = ways_on(client.get(change(thing)))

    for number, label in enumerate(labels):
        page = client.get(change(thing))
        typed = f"words-{number}"
        answer = client.post(change(thing), filled(page, **{field: typed}, then=found[label]))

        assert (answer.status_code, answer["Location"]) == (302, found[label]), label
        assert getattr(type(thing)._base_manager.get(pk=thing.pk), field) == typed, label
        assert client.get(found[label]).status_code == 200, label


def test_page_led_to_says_that_the_words_are_saved_and_shows_the_new_text(client):
    made = factories.draft()
    client.force_login(factories.administrator())
    page = client.get(change(made))

    comment = client.post(change(made), filled(page, then=ways_on(page)["Comment"]), follow=True)
    page = client.get(change(made))
    preview = client.post(change(made), filled(page, summary="The newest words.", then=ways_on(page)["Preview"]), follow=True)

    assert told(comment) == [f"What you typed in “{made}” is saved."]
    assert '<li class="saved success">' in comment.text
    assert "The newest words." in preview.text


def test_error_keeps_the_words_and_leads_nowhere(client):
    made = factories.draft()
    client.force_login(factories.administrator())
    page = client.get(change(made))
    typed = {"summary": "Typed for an hour.", "sections-0-kind": ""}

    answer = client.post(change(made), filled(page, _submit="", **typed))

    assert answer.status_code == 200
    assert "Typed for an hour." in answer.text
    assert answer.text.index("errornote") < answer.text.index("Typed for an hour.")
    assert Edition.objects.get().summary != "Typed for an hour."
    assert not made.events.filter(verb="submitted").exists()


@pytest.mark.parametrize("label", ["Comment", "Preview"])
def test_second_save_is_refused_with_the_changes_of_the_first(client, label):
    made = factories.draft()
    client.force_login(factories.administrator())
    page = client.get(change(made))
    Edition.objects.get(pk=made.pk).save()
    Edition.objects.filter(pk=made.pk).update(summary="Of the first.")

    answer = client.post(change(made), filled(page, summary="Of the second.", then=ways_on(page)[label]))

    assert "This was changed while you were writing" in answer.text
    assert "Of the first." in answer.text
    assert "Of the second." in answer.text
    assert Edition.objects.get().summary == "Of the first."


@pytest.mark.parametrize(
    "outside", ["https://example.org/", "//example.org/admin/", "/accounts/logout/", "javascript:alert(1)"]
)
def test_address_outside_the_admin_is_not_gone_to(client, outside):
    made = factories.draft()
    client.force_login(factories.administrator())
    page = client.get(change(made))

    answer = client.post(change(made), filled(page, summary="Saved all the same.", then=outside))

    assert answer["Location"] == reverse("admin:conditions_edition_changelist")
    assert Edition.objects.get().summary == "Saved all the same."


@pytest.mark.parametrize("make", [factories.story, factories.news])
def test_what_visitors_see_is_not_saved_on_the_way_to_taking_it_back(client, make):
    thing = make()
    client.force_login(factories.administrator())

    page = client.get(change(thing))

    assert "Take back" not in ways_on(page)
    assert (
        f'<a href="{reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_unpublish", args=[thing.pk])}"'
        in page.text
    )
    assert ("What you typed is saved first, and visitors see it at once." in page.text) == bool(ways_on(page))
    assert "What you typed is saved first." not in page.text


def test_who_may_only_read_follows_links(client, reviewer):
    made = submitted()
    client.force_login(reviewer)

    page = client.get(change(made))

    assert ways_on(page) == {}
    assert f'<a href="{reverse("admin:conditions_edition_sign-off", args=[made.pk])}">Sign off</a>' in " ".join(
        page.text.split()
    )
    assert "What you typed is saved first." not in page.text


def test_enter_in_a_box_saves_and_does_not_press_the_first_verb(client):
    client.force_login(factories.administrator())

    page = client.get(change(factories.draft()))

    buttons = re.findall(r'<button[^>]*name="(\w+)"', page.text)
    assert buttons[0] == "_continue"
