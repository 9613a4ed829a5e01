"""A form of staff that is sent twice: the second time leads to what was done the first, and nothing is done again."""

import secrets
from datetime import date

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.messages import get_messages
from django.urls import reverse

from conditions import actions, preview_links
from conditions.models import Comment, Edition, PreviewLink, Section
from foundation.adminkit.models import FORGOTTEN, MOMENT, SentForm
from foundation.audit.models import Record
from foundation.pictures.models import LibraryPicture
from news.models import NewsItem
from tests import factories
from tests.admin_forms import TICKED, filled
from tests.clients import Client
from tests.parallel import at_once
from tests.test_portal_signin_factor import code

pytestmark = pytest.mark.django_db
KIND = {"edition": "conditions_edition", "news": "news_newsitem", "paper": "stories_authorization"}


@pytest.fixture
def may_everything():
    user = factories.administrator()
    factories.clinician(slug="ada-sample", name="Ada Sample", user=user)
    return user


def submitted():
    draft = factories.draft()
    actions.submit(edition=draft, by="test")
    return draft


def signed():
    draft = submitted()
    actions.sign_off(edition=draft, reviewer=factories.clinician(), by="test", reviewed_on=date(2026, 1, 2))
    return draft


def commented():
    draft = factories.draft()
    Comment.objects.create(edition=draft, who="edith", words="Say it shorter.")
    return draft


def library_picture():
    row = LibraryPicture(name=f"{'a' * 64}-480.webp", width=480, height=300, alt="A square")
    row.save()
    return row


def paper():
    return factories.authorization(factories.story(authorized=False))


# verb: (what it is done with, what is sent)
ACTS = {
    "conditions_edition_submit": (factories.draft, {}),
    "conditions_edition_send-back": (submitted, {"reason": "Say how."}),
    "conditions_edition_sign-off": (submitted, {"digest": "…"} | TICKED),
    "conditions_edition_approve": (signed, {"publish_at": "", "next_review_due": "2035-01-02"}),
    "conditions_edition_withdraw": (lambda: factories.live("crmo"), {"reason": "Old.", "whole_page": "no"}),
    "conditions_edition_comment": (factories.draft, {"section": "", "words": "Shorter, perhaps."}),
    "conditions_edition_answer": (commented, {"comment": "…", "words": "It is shorter now."}),
    "conditions_edition_restore": (lambda: factories.live("crmo"), {}),
    "news_newsitem_publish": (lambda: factories.news(status="draft"), {}),
    "news_newsitem_unpublish": (factories.news, {}),
    "stories_story_publish": (lambda: factories.story(status="draft"), {}),
    "stories_authorization_revoke": (paper, {"reason": "They asked."}),
    "stories_authorization_ask-again": (
        lambda: factories.authorization(factories.story(authorized=False), turns_18_on=date(2027, 1, 1)),
        {"note": "A letter."},
    ),
    "pictures_librarypicture_take-back": (library_picture, {"reason": "The family asked."}),
}


def rows():
    """How many rows of each kind there are; what is kept of forms and sessions aside."""
    aside = {"sentform", "workingcopy", "session", "usersession"}
    models = [model for model in apps.get_models() if model._meta.model_name not in aside]
    return {model._meta.label: model._base_manager.count() for model in models}


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.mark.parametrize("numbered", [True, False], ids=["form", "words alone"])
@pytest.mark.parametrize("name", ACTS)
def test_verb_pressed_twice_is_done_once_and_told_twice(client, may_everything, name, numbered):
    make, sent = ACTS[name]
    thing = make()
    sent = {**sent, **({"once": secrets.token_urlsafe(16)} if numbered else {})}
    if "digest" in sent:
        sent["digest"] = thing.digest()
    if "comment" in sent:
        sent["comment"] = Comment.objects.get().pk
    client.force_login(may_everything)
    address = reverse(f"admin:{name}", args=[thing.pk])
    before = rows()

    first = client.post(address, sent)
    done = rows()
    second = Client.post(client, address, sent)

    assert (first.status_code, second.status_code) == (302, 302)
    assert done != before
    assert rows() == done
    assert second["Location"] == first["Location"]
    assert told(second)
    assert told(second)[-1] == told(first)[-1]


def test_number_stands_in_every_form_that_acts(client, may_everything):
    draft = factories.draft()
    preview_links.make_link(edition=draft, by=may_everything, for_whom="Dr. Ana", days=1)
    client.force_login(may_everything)
    names = ["change", "submit", "comment", "share"]
    pages = [client.get(reverse(f"admin:conditions_edition_{name}", args=[draft.pk])) for name in names]
    pages += [
        client.get(reverse(f"admin:{name}_add")) for name in ("news_newsitem", "conditions_condition", "directory_clinician")
    ]

    counts = [page.text.count('name="once"') for page in pages]

    assert counts == [2, 1, 1, 1, 1, 1, 1]  # the page of the draft has a form to revoke the link, too


def new_section(**fields):
    values = {
        "order": "",
        "kind": "living-with",
        "heading": "",
        "body": "<p>New.</p>",
        "picture_alt": "",
        "picture_caption": "",
    }
    return {f"sections-1-{name}": value for name, value in values.items()} | {"sections-TOTAL_FORMS": 2} | fields


@pytest.mark.databases
@pytest.mark.parametrize("then", ["", "conditions_edition_submit"])
def test_save_pressed_twice_adds_a_new_section_once_and_meets_no_conflict(client, may_everything, then):
    draft = factories.draft()
    client.force_login(may_everything)
    address = reverse("admin:conditions_edition_change", args=[draft.pk])
    on = {"then": reverse(f"admin:{then}", args=[draft.pk])} if then else {"_continue": "1"}
    page = client.get(address)
    sent = filled(page, summary="Better.", once=page.context["once"], **new_section(), **on)

    first, second = client.post(address, sent), client.post(address, sent)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert draft.sections.count() == 2
    assert Record.objects.filter(verb="changed").count() == 1


def test_other_words_in_the_same_form_are_not_the_same(client, may_everything):
    draft = factories.draft()
    client.force_login(may_everything)
    address = reverse("admin:conditions_edition_change", args=[draft.pk])
    page = client.get(address)
    client.post(address, filled(page, summary="First words.", once=page.context["once"]))

    back = client.post(address, filled(page, summary="Second words.", once=page.context["once"]))

    assert "This was changed while you were writing" in back.text
    assert "Second words." in back.text
    assert Edition.objects.get().summary == "First words."


@pytest.mark.databases
def test_new_item_saved_twice_is_one(client, may_everything):
    client.force_login(may_everything)
    address = reverse("admin:news_newsitem_add")
    page = client.get(address)
    sent = {
        "once": page.context["once"],
        "kind": "article",
        "title": "A new ward",
        "slug": "a-new-ward",
        "language": "en",
        "summary": "In short.",
        "text": "<p>Long.</p>",
    }

    first, second = client.post(address, sent), client.post(address, sent)

    assert (first.status_code, second.status_code) == (302, 302)
    assert NewsItem.objects.count() == 1
    assert "was added successfully" in told(second)[-1]


def test_same_words_again_after_something_else_are_a_new_act(client, may_everything):
    draft = factories.draft()
    client.force_login(may_everything)
    submit, back = (reverse(f"admin:conditions_edition_{verb}", args=[draft.pk]) for verb in ("submit", "send-back"))

    client.post(submit)
    client.post(back, {"reason": "Say how."})
    client.post(submit)

    assert Edition.objects.get().status == Edition.Status.SUBMITTED
    assert [step.verb for step in draft.events.all()] == ["submitted", "sent back", "submitted"]


def test_same_words_of_somebody_else_or_a_minute_later_are_a_new_act(client, may_everything, editor):
    draft = factories.draft()
    address = reverse("admin:conditions_edition_comment", args=[draft.pk])
    sent = {"section": "", "words": "Shorter."}
    for user in (may_everything, editor):
        client.force_login(user)
        client.post(address, sent)
    SentForm.objects.update(at=SentForm.objects.first().at - MOMENT)

    client.post(address, sent)

    assert Comment.objects.count() == 3


def test_form_that_was_refused_is_acted_on_when_it_is_sent_again(client, may_everything):
    draft = factories.draft(summary="")
    client.force_login(may_everything)
    address, once = reverse("admin:conditions_edition_submit", args=[draft.pk]), {"once": "a number"}

    refused = client.post(address, once)
    Edition.objects.update(summary="Now it has one.")
    done = client.post(address, once)

    assert (refused.status_code, done.status_code) == (200, 302)
    assert Edition.objects.get().status == Edition.Status.SUBMITTED


def test_form_cannot_be_used_up_by_somebody_else(client, may_everything, editor):
    draft = factories.draft()
    address, sent = reverse("admin:conditions_edition_comment", args=[draft.pk]), {"words": "Shorter.", "once": "a number"}
    client.force_login(may_everything)
    client.post(address, sent)
    client.force_login(factories.staff("nora", "view_condition"))

    assert client.post(address, sent).status_code == 403


@pytest.mark.databases
def test_what_was_sent_is_forgotten_after_a_day(client, may_everything):
    draft = factories.draft()
    client.force_login(may_everything)
    address = reverse("admin:conditions_edition_comment", args=[draft.pk])
    client.post(address, {"words": "One."})
    SentForm.objects.update(at=SentForm.objects.get().at - FORGOTTEN * 2)

    client.post(address, {"words": "Two."})

    assert SentForm.objects.count() == 1


# --- a preview that is shared twice -----------------------------------------------------------------------------------


def test_shared_twice_is_one_link_and_both_answers_show_an_address_that_works(client, may_everything):
    draft = factories.draft()
    client.force_login(may_everything)
    address = reverse("admin:conditions_edition_share", args=[draft.pk])
    sent = {"for_whom": "Dr. Ana", "days": 7, "may_comment": "on", "once": client.get(address).context["once"]}

    first, second = client.post(address, sent), client.post(address, sent)

    assert first.context["address"] == second.context["address"]
    assert PreviewLink.objects.count() == 1
    assert draft.events.filter(verb="shared").count() == 1
    assert client.get(first.context["address"]).status_code == 200


def test_form_of_a_revoked_link_makes_no_dead_address(client, may_everything):
    draft = factories.draft()
    client.force_login(may_everything)
    address = reverse("admin:conditions_edition_share", args=[draft.pk])
    sent = {"for_whom": "Dr. Ana", "days": 7, "once": "a number"}
    client.post(address, sent)
    preview_links.revoke_link(link=PreviewLink.objects.get(), by=may_everything)

    again = client.post(address, sent)

    assert "its link has ended" in again.text
    assert "address" not in again.context


def test_same_name_in_another_form_is_another_link(client, may_everything):
    draft = factories.draft()
    client.force_login(may_everything)
    address = reverse("admin:conditions_edition_share", args=[draft.pk])

    links = [client.post(address, {"for_whom": "Dr. Ana", "days": 7, "once": n}).context["address"] for n in ("one", "two")]

    assert len(set(links)) == 2
    assert PreviewLink.objects.count() == 2


# --- one's own account ------------------------------------------------------------------------------------------------


def test_factor_taken_away_twice_is_told_twice(client, may_everything):
    client.force_login(may_everything)
    address = reverse("mfa_deactivate_totp")

    first, second = client.post(address), client.post(address)

    assert (first.status_code, second.status_code) == (302, 302)
    assert second["Location"] == first["Location"]
    assert Record.objects.filter(verb="took away a second factor").count() == 1


def test_app_set_up_twice_leads_to_the_recovery_codes(client):
    client.force_login(factories.administrator())
    client.post(reverse("mfa_deactivate_totp"))
    address = reverse("mfa_activate_totp")
    sent = {"code": code(client.get(address).context["form"].secret)}

    first, second = client.post(address, sent), client.post(address, sent)

    assert (first.status_code, second.status_code) == (302, 302)
    assert second["Location"] == first["Location"] == reverse("mfa_view_recovery_codes")
    assert Authenticator.objects.filter(type="totp").count() == 1


@pytest.mark.parametrize("name", ["usersessions_list", "mfa_generate_recovery_codes"])
def test_sessions_ended_and_codes_made_twice_are_no_error(client, may_everything, name):
    client.force_login(may_everything)

    answers = [client.post(reverse(name)) for _n in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]


# --- at the same moment -----------------------------------------------------------------------------------------------


def browsers(user, count=2):
    made = [Client() for _n in range(count)]
    for each in made:
        each.force_login(user)
    return made


@pytest.mark.databases
@pytest.mark.usefixtures("own")
def test_forms_sent_at_the_same_moment_are_acted_on_once():
    user = factories.administrator()
    draft, item = factories.draft(), factories.news(status="draft")
    change = reverse("admin:conditions_edition_change", args=[draft.pk])
    page = browsers(user, 1)[0].get(change)
    forms = [
        (reverse("admin:conditions_edition_comment", args=[draft.pk]), {"words": "Shorter.", "once": "one"}),
        (reverse("admin:conditions_edition_share", args=[draft.pk]), {"for_whom": "Ana", "days": 7, "once": "two"}),
        (change, filled(page, once="three", _continue="1", **new_section())),
        (reverse("admin:news_newsitem_publish", args=[item.pk]), {"once": "four"}),
        (reverse("admin:conditions_edition_submit", args=[draft.pk]), {}),
    ]

    answers = [at_once(lambda client, form=form: client.post(*form), browsers(user)) for form in forms]

    assert [[getattr(answer, "status_code", answer) for answer in pair] for pair in answers] == [
        [302, 302],
        [200, 200],
        [302, 302],
        [302, 302],
        [302, 302],
    ]
    assert (Comment.objects.count(), PreviewLink.objects.count(), Section.objects.count()) == (1, 1, 2)
    assert draft.events.filter(verb="submitted").count() == 1
    assert Record.objects.filter(verb="published").count() == 1
