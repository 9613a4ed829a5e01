"""The ledger of signed papers in the admin: its list, revoking, asking again at 18, and the preview of what papers allow."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.audit.models import Record
from stories import actions
from stories.models import Authorization, Story
from tests import factories
from tests.admin_forms import filled, told
from tests.reading import text

LIST = "admin:stories_authorization_changelist"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime(2026, 11, 22, 15, tzinfo=UTC), tick=False):
        yield


def page_of(name, row):
    return reverse(f"admin:stories_{name}", args=[row.pk])


def revoked(client, paper, **answers):
    return client.post(page_of("authorization_revoke", paper), answers, follow=True)


def test_ledger_says_what_each_paper_is_worth(admin_client, settings):
    settings.AGE_OF_MAJORITY = 19  # as in Nebraska
    papers = {
        "valid": {},
        "ending": {"expires_on": date(2027, 1, 1)},
        "growing": {"turns_18_on": date(2027, 2, 1)},
        "grown": {"turns_18_on": date(2026, 6, 1)},
        "ended": {"expires_on": date(2026, 3, 31)},
        "revoked": {"revoked_on": date(2026, 5, 1)},
    }
    made = {slug: factories.authorization(factories.story(slug, authorized=False), **f) for slug, f in papers.items()}
    actions.ask_again(authorization=made["grown"], by="test", note="letter sent")

    def listed(**query):
        result = admin_client.get(reverse(LIST), query).context["cl"].result_list
        return {row.story.slug for row in result}

    page = admin_client.get(reverse(LIST)).text
    assert listed(state="valid") == {"valid", "ending", "growing"}
    assert listed(state="ending") == {"ending"}
    assert listed(state="growing") == {"growing", "grown"}
    assert listed(state="ended") == {"ended"}
    assert listed(state="revoked") == {"revoked"}
    assert "the patient turned 19 on 1 Jun 2026 and has not signed · asked again 22 Nov 2026: letter sent" in page
    for words in ("in force until 1 Jan 2027", "authorization ended 31 Mar 2026", "authorization revoked 1 May 2026"):
        assert words in page
    assert f'<a href="{page_of("story_change", made["valid"].story)}">Story valid</a>' in admin_client.get(reverse(LIST)).text


def test_ledger_costs_the_same_with_one_and_three_papers(admin_client):
    factories.story("one")
    admin_client.get(reverse(LIST))
    with CaptureQueriesContext(connection) as few:
        admin_client.get(reverse(LIST))
    factories.story("two")
    factories.authorization(factories.story("three"), document="binder 2")
    with CaptureQueriesContext(connection) as many:
        admin_client.get(reverse(LIST))

    assert len(many) == len(few)


def test_revoking_says_from_where_the_story_vanished_and_is_recorded(admin_client, client):
    story = factories.story("pool", [factories.live("crmo").condition, factories.condition("no-page")])
    paper = story.authorizations.get()

    asked = admin_client.get(page_of("authorization_revoke", paper))
    still = Story.objects.published().exists()
    response = revoked(admin_client, paper, reason="They moved.")

    addresses = told(response)[0].partition(": ")[2].split(", ")
    assert "a family need not say why" in asked.text
    assert still
    assert told(response)[0].startswith("Revoked. “Story pool” is gone, at once, from: ")
    assert addresses == [
        *("/stories/pool/", "/stories/", "/conditions/crmo/", "/", "/search/"),
        *("/es/stories/pool/", "/es/stories/", "/es/conditions/crmo/", "/es/", "/es/search/"),
        "/sitemap.xml",
    ]
    assert ["Story pool" in client.get(address, {"q": "pool"}).text for address in addresses] == [False] * len(addresses)
    paper.refresh_from_db()
    assert (paper.revoked_on, paper.revoked_reason) == (date(2026, 11, 22), "They moved.")
    assert set(Record.objects.filter(kind__startswith="stories.").values_list("actor", "verb", "kind")) == {
        ("admin", "revoked", "stories.authorization"),
        ("admin", "authorization revoked", "stories.story"),
    }
    assert "They moved." not in str(list(Record.objects.values()))


def test_revoking_one_of_two_papers_says_that_the_story_stays_and_what_it_loses(admin_client):
    story = factories.story()
    factories.authorization(story, covers_name=False, document="binder 2")

    response = revoked(admin_client, story.authorizations.get(document="binder 1"))

    assert told(response)[0] == (
        "Revoked. Visitors still see “Story pool”, because another authorization covers it. The name “M.” is left out: no "
        "authorization in force covers it. Visitors read “A family”."
    )


def test_revoking_the_paper_of_a_draft_says_that_nobody_saw_it(admin_client):
    paper = factories.story(status="draft").authorizations.get()

    assert told(revoked(admin_client, paper)) == ["Revoked. Visitors did not see “Story pool” before, and do not see it now."]


def test_paper_is_revoked_once(admin_client, db):
    paper = factories.story().authorizations.get()
    actions.revoke(authorization=paper, by="test", reason="first")

    response = revoked(admin_client, paper, reason="second")

    assert response.context["form"].non_field_errors() == ["This authorization was revoked already."]
    assert Authorization.objects.get().revoked_reason == "first"


def test_paper_that_does_not_count_yet_can_be_revoked(db):
    paper = factories.authorization(factories.story(authorized=False), signed_on=date(2026, 12, 1))

    actions.revoke(authorization=paper, by="test")

    with time_machine.travel(datetime(2026, 12, 1, 15, tzinfo=UTC), tick=False):
        assert not Story.objects.published().exists()


@pytest.mark.parametrize("verb", ["revoke", "ask-again"])
def test_verbs_of_a_paper_need_the_permission(client, db, verb):
    paper = factories.authorization(factories.story(authorized=False), turns_18_on=date(2027, 1, 1))
    client.force_login(factories.staff("sam", "view_authorization"))

    assert client.post(page_of(f"authorization_{verb}", paper)).status_code == 403
    buttons = client.get(page_of("authorization_change", paper)).context["buttons"]
    assert [label for _address, label in buttons] == ["Print (English)", "Print (Spanish)"]
    assert not Record.objects.exists()


def test_asking_again_is_noted(admin_client):
    paper = factories.authorization(factories.story(authorized=False), turns_18_on=date(2027, 1, 1))

    response = admin_client.post(page_of("authorization_ask-again", paper), {"note": "letter sent"}, follow=True)

    assert "in force until 1 Dec 2035 · asked again 22 Nov 2026: letter sent" in response.text
    assert Record.objects.get().verb == "asked again"


def test_stored_paper_takes_only_what_may_still_change(admin_client):
    paper = factories.story().authorizations.get()
    values = filled(
        admin_client.get(page_of("authorization_change", paper)),
        signed_by="Somebody else",
        covers_print="on",
        signed_for="Kim",
        expires_on="2030-01-02",
        document="binder 9",
    )

    response = admin_client.post(page_of("authorization_change", paper), values)

    paper.refresh_from_db()
    assert response.status_code == 302
    assert (paper.signed_by, paper.covers_print) == ("Parent of M.", False)
    assert (paper.signed_for, paper.expires_on, paper.document) == ("Kim", date(2030, 1, 2), "binder 9")


@pytest.mark.parametrize(
    ("field", "day", "words"),
    [
        ("expires_on", "2036-01-01", "A paper can end earlier, not later. If it was signed anew, add the new paper."),
        ("revoked_on", "", "A paper can end earlier, not later. If it was signed anew, add the new paper."),
    ],
)
def test_end_of_a_stored_paper_cannot_come_later(admin_client, field, day, words):
    paper = factories.authorization(factories.story(authorized=False), revoked_on=date(2026, 1, 2))

    response = admin_client.post(
        page_of("authorization_change", paper),
        filled(admin_client.get(page_of("authorization_change", paper)), **{field: day}),
    )

    assert response.context["adminform"].form.errors == {field: [words]}


def test_new_paper_says_for_whom_it_is_and_covers_the_text_alone_unless_said(admin_client):
    story = factories.story(authorized=False)
    given = {"story": story.pk, "signed_by": "Pat", "relationship": "parent", "document": "binder 1"}
    given |= {"signed_on": "2026-11-01", "expires_on": "2030-11-01", "third_party_pay": "none", "copy_given_on": "2026-11-02"}
    add = reverse("admin:stories_authorization_add")
    blank = filled(admin_client.get(add))

    refused = admin_client.post(add, blank | given)
    admin_client.post(add, blank | given | {"signed_for": "Kim"})

    paper = Authorization.objects.get()
    assert list(refused.context["adminform"].form.errors) == ["signed_for"]
    assert (paper.covers_text, paper.covers_picture, paper.covers_name, paper.covers_website) == (True, False, False, True)


def test_ledger_never_deletes(admin_client):
    paper = factories.story().authorizations.get()

    answer = admin_client.post(page_of("authorization_delete", paper), {"post": "yes"})

    assert answer.status_code == 403
    assert "delete_selected" not in admin_client.get(reverse(LIST)).text


def test_staff_only_words_of_a_paper_are_on_no_public_page(client, db):
    story = factories.story(authorized=False)
    factories.authorization(story, signed_for="Kim Hidden", signed_by="Pat Hidden", document="binder Hidden")
    gone = factories.authorization(story, signed_for="Kim Hidden", document="binder Hidden 2")
    actions.revoke(authorization=gone, by="test", reason="Hidden reason")
    actions.ask_again(authorization=gone, by="test", note="Hidden note")

    pages = [client.get(address).text for address in ("/stories/pool/", "/stories/", "/", "/search/?q=pool")]

    assert ["Hidden" in page for page in pages] == [False] * 4
    assert "Story pool" in pages[0]


# --- preview ----------------------------------------------------------------------------------------------------------


def previewed(client, story):
    response = client.get(page_of("story_preview", story))
    return response, text(response)


def test_preview_of_a_visible_story_is_what_visitors_see(admin_client, client):
    story = factories.story(age_band="8 to 10")

    response, page = previewed(admin_client, story)

    public = text(client.get("/stories/pool/")).partition("Story pool M., age 8 to 10")
    assert "Visitors see this story today." in page
    assert page.partition("Story pool M., age 8 to 10")[2] == public[2]
    assert "no-store" in response.headers["Cache-Control"]
    assert "name=" not in response.text.partition("<main")[2]


@pytest.mark.parametrize(
    ("fields", "papers", "notes"),
    [
        (
            {"status": "draft"},
            [],
            [
                "Visitors do not see this story today (draft).",
                "Nothing lets us show it on this website now: no authorization.",
                "The name “M.” is left out: no authorization in force covers it. Visitors read “A family”.",
            ],
        ),
        (
            {},
            [{"turns_18_on": date(2026, 1, 5)}],
            [
                "Visitors do not see this story today (hidden: the patient turned 18 on 5 Jan 2026 and has not signed).",
                "Nothing lets us show it on this website now: the patient turned 18 on 5 Jan 2026 and has not signed.",
                "The name “M.” is left out: no authorization in force covers it. Visitors read “A family”.",
            ],
        ),
        (
            {"title": "M. in the pool", "summary": "What M. did."},
            [{"covers_name": False}],
            [
                "Visitors see this story today.",
                "The name “M.” is left out: no authorization in force covers it. Visitors read “A family”.",
                "But “M.” stands in: title, in short. Take it out there.",
            ],
        ),
        (
            {"publish_at": datetime(2027, 1, 5, 15, tzinfo=UTC)},
            [{}],
            ["Visitors do not see this story today (hidden until 5 Jan 2027)."],
        ),
        (
            {"status": "draft"},
            [{"covers_text": False}],
            [
                "Visitors do not see this story today (draft).",
                "Nothing lets us show it on this website now: authorization does not cover the text.",
            ],
        ),
    ],
)
def test_preview_says_in_words_what_visitors_see_and_why(admin_client, fields, papers, notes):
    story = factories.story(authorized=False, **fields)
    for paper in papers:
        factories.authorization(story, **paper)

    response, page = previewed(admin_client, story)

    assert response.context["notes"] == notes
    assert f"Long {story.slug}." in page


def test_preview_needs_the_permission_to_see_stories(client, db):
    story = factories.story(status="draft")
    client.force_login(factories.staff("sam", "view_condition"))

    assert client.get(page_of("story_preview", story)).status_code == 403
    client.force_login(factories.staff("sue", "view_story"))
    assert client.get(page_of("story_preview", story)).status_code == 200
    assert client.get(reverse("admin:stories_story_preview", args=[999])).status_code == 404


# --- what the paper says ----------------------------------------------------------------------------------------------

WITHOUT = {
    "form_version": ("", "form"),
    "purpose": ("", "what for"),
    "recipients": ("", "who may see it"),
    "how_to_revoke": ("", "how it can be taken back"),
    "third_party_pay": ("", "money from others"),
    "copy_given_on": (None, "copy given to the family on"),
}


@pytest.mark.parametrize("name", WITHOUT)
def test_paper_that_does_not_say_all_lets_nothing_be_shown_until_it_does(admin_client, client, name):
    value, words = WITHOUT[name]
    story = factories.story(status="draft", authorized=False)
    paper = factories.authorization(story, **{name: value})
    complete = getattr(factories.authorization(factories.story("other")), name)

    refused = admin_client.post(page_of("story_publish", story))
    Story.objects.filter(pk=story.pk).update(status="published")
    before = client.get("/stories/pool/").status_code
    listed = admin_client.get(reverse(LIST), {"state": "lacking"}).context["cl"].result_list
    found = [row.pk for row in listed]
    Authorization.objects.filter(pk=paper.pk).update(**{name: complete})

    assert f"Nobody could see it: the authorization does not say: {words}." in refused.text
    assert (before, client.get("/stories/pool/").status_code, found) == (404, 200, [paper.pk])
    with pytest.raises(IntegrityError), transaction.atomic():  # what was said once stays
        Authorization.objects.filter(pk=paper.pk).update(**{name: date(2026, 1, 2) if name == "copy_given_on" else "paid"})


@pytest.mark.parametrize(
    ("papers", "why"), [([], "no authorization"), ([{"revoked_on": date(2026, 5, 1)}], "authorization revoked 1 May 2026")]
)
def test_story_that_nobody_may_see_is_not_published(admin_client, papers, why):
    story = factories.story(status="draft", authorized=False)
    for fields in papers:
        factories.authorization(story, **fields)

    page = admin_client.post(page_of("story_publish", story))

    assert f"Nobody could see it: {why}." in page.text
    assert not Story.objects.get().is_published


@pytest.mark.parametrize("language", ["en", "es"])
def test_paper_is_printed_to_sign_and_as_it_was_signed_in_both_languages(admin_client, language):
    story = factories.story(name_shown="Otterly")
    signed = story.authorizations.get()
    Authorization.objects.filter(pk=signed.pk).update(signed_for="Kim Sample")

    blank = admin_client.get(reverse("admin:stories_story_paper", args=[story.pk, language]))
    copy = admin_client.get(reverse("admin:stories_authorization_paper", args=[signed.pk, language]))

    for page in (blank, copy):
        assert [word for word in (f'lang="{language}"', "Otterly", "Story pool", "2026-12") if word not in page.text] == []
    assert "Kim Sample" not in blank.text
    assert [word for word in ("Kim Sample", "Parent of M.", "By a letter to us.") if word not in copy.text] == []
    assert admin_client.get(reverse("admin:stories_story_paper", args=[story.pk, "xx"])).status_code == 404


def test_new_paper_begins_with_the_usual_words_and_is_not_kept_without_them(admin_client):
    story = factories.story(authorized=False)
    add = reverse("admin:stories_authorization_add")
    initial = admin_client.get(add).context["adminform"].form.initial

    response = admin_client.post(add, {"story": story.pk, "signed_by": "Pat", "purpose": " "})

    assert initial["purpose"] == "To show other families what life with this condition can be like"
    assert initial["form_version"] == "2026-12"
    assert {*WITHOUT} <= set(response.context["adminform"].form.errors)
