"""Who hears of what is done with a text: each act by its person, then a look into the mails and the first page."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.urls import reverse

from conditions import actions, preview_links
from conditions.edition_log import SENTENCES
from conditions.models import Edition, EditionEvent
from conditions.turn_mails import TOLD, next_leave
from conditions.worklist import all_signed
from foundation.outbox.models import Message
from foundation.workflow import Refused
from portal.staff.worklist.editions import LISTS
from tests import factories

MORNING = datetime(2026, 1, 5, 15, tzinfo=UTC)  # 10 am in New York


@pytest.fixture
def clock():
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def people(clock, editor, reviewer, publisher):
    """Everybody who could be told, and Nora, who may do everything but has no part in this text."""
    owner, nora = factories.staff("olive"), factories.staff("nora", "change_edition")
    cast = {"edith": editor, "rhea": reviewer, "paul": publisher, "olive": owner, "nora": nora}
    for name, user in cast.items():
        user.email = f"{name}@example.org"
        user.save()
    return cast


@pytest.fixture
def text(people):
    edition = factories.draft(factories.condition("crmo", name="CRMO", owner=people["olive"]))
    edition.authors.add(people["edith"])
    return edition


def mailed(clock, minutes=6):
    clock.shift(timedelta(minutes=minutes))
    mail.outbox.clear()
    call_command("deliver", "--once")
    return {letter.to[0].partition("@")[0]: letter for letter in mail.outbox}


UNTOLD = {  # verb: why nobody is told
    "started a draft of": "nobody's turn yet",
    "restored": "as a draft that is started",
    "imported": "as a draft that is started",
    "changed": "whose turn it is stays the same; a signature that it voids is told of",
    "followed the newer English of": "done by who writes the draft",
    "took back the approval of": "it waits for approval as before, which the first page shows to who may approve",
    "approved ahead": "who signs was told that it was submitted, and reads it on the page that asks to sign",
    "carried over a signature": "told with the approval that it belongs to",
    "shared": "the person outside is told by who shared",
    "revoked": "as shared",
}


SIGN, ANSWER, BACK, APPROVE = (
    "Waiting for your signature",
    "Comments to answer",
    "Sent back to you",
    "Signed, waiting for approval",
)


def waits(text, people):
    """(person, title) of the first page's lists in which the text stands because somebody has to do something."""
    return {
        (name, str(each.title))
        for name, user in people.items()
        for each in LISTS
        if str(each.title) in {SIGN, ANSWER, BACK, APPROVE} and user.has_perms(each.permissions.split())
        if any(f"/edition/{text.pk}/" in thing.address for thing in each.ask(user).things)
    }


def test_each_act_reaches_those_whose_turn_it_is(text, people, clock):
    """By mail, and on the first page of whoever may act next."""
    edith, rhea, paul = people["edith"], people["rhea"], people["paul"]
    clinician = rhea.clinician
    acts = [
        (lambda: actions.submit(edition=text, by=edith), {"rhea"}, {("rhea", SIGN)}),
        (
            lambda: actions.add_comment(edition=text, words="Which dose?", by=rhea),
            {"edith"},
            {("rhea", SIGN), ("edith", ANSWER)},
        ),
        (lambda: actions.answer_comment(comment=text.comments.get(), words="5 mg", by=edith), {"rhea"}, {("rhea", SIGN)}),
        (lambda: actions.send_back(edition=text, by=rhea, reason="Shorter"), {"edith"}, {("edith", BACK)}),
        (lambda: actions.submit(edition=text, by=edith), {"rhea"}, {("rhea", SIGN)}),
        (lambda: actions.sign_off(edition=text, reviewer=clinician, by=rhea), {"edith", "paul"}, {("paul", APPROVE)}),
        (
            lambda: (text.sections.update(body="<p>New</p>"), actions.drop_stale_sign_off(edition=text, by=edith)),
            {"rhea"},
            {("rhea", SIGN)},
        ),
        (lambda: actions.send_back(edition=text, by=edith), {"rhea"}, set()),
        (lambda: actions.submit(edition=text, by=edith), {"rhea"}, {("rhea", SIGN)}),
        (lambda: actions.sign_off(edition=text, reviewer=clinician, by=rhea), {"edith", "paul"}, {("paul", APPROVE)}),
        (lambda: actions.approve(edition=text, by=paul), {"edith", "rhea", "olive"}, set()),
        (lambda: actions.withdraw(edition=text, by=paul, reason="Wrong dose"), {"edith", "rhea", "olive"}, set()),
    ]
    told = []
    for act, _by_mail, _on_page in acts:
        clock.move_to(clock_day(len(told)))
        text.refresh_from_db()
        act()
        told.append((set(mailed(clock)), waits(text, people)))

    assert told == [(by_mail, on_page) for _act, by_mail, on_page in acts]
    assert set(TOLD) - {"took off the schedule"} == set(EditionEvent.objects.values_list("verb", flat=True))


def test_every_act_has_a_row_in_the_table_or_a_reason_why_not():
    assert set(TOLD) | set(UNTOLD) == set(SENTENCES), "Say in TOLD who is told of it, or in UNTOLD why nobody is."
    assert set(TOLD) & set(UNTOLD) == set()


def test_those_who_wrote_a_translation_are_told_that_its_english_changed(text, people, clock):
    text.condition.names.create(language="es", kind="preferred", text="OMCR")
    factories.publish(text)
    spanish = factories.draft(text.condition, language="es")
    spanish.authors.add(people["nora"])
    factories.publish(spanish)
    mailed(clock)
    newer = actions.start_draft(condition=text.condition, language="en", by=people["edith"])
    newer.sections.update(body="<p>Newer.</p>")
    actions.submit(edition=newer, by=people["edith"])
    actions.sign_off(edition=newer, reviewer=people["rhea"].clinician, by=people["rhea"])
    mailed(clock, minutes=90)

    actions.approve(edition=newer, by=people["paul"])

    assert set(mailed(clock, minutes=90)) == {"edith", "rhea", "olive", "nora"}
    assert Edition.objects.live().filter(pk=newer.pk).exists()


def clock_day(number):
    return MORNING + timedelta(days=number)


def test_mail_leads_to_what_is_to_be_done_and_quotes_nobody(text, people, clock, client):
    actions.submit(edition=text, by=people["edith"])

    letter = mailed(clock)["rhea"]
    sign = reverse("admin:conditions_edition_sign-off", args=[text.pk])

    assert letter.subject == "News of “CRMO”"
    assert f"Read it and sign it, or send it back:\n{sign}" in letter.body.replace("http://127.0.0.1:8000", "")
    client.force_login(people["rhea"])
    assert client.get(sign).status_code == 200


def test_words_of_a_comment_stay_out_of_the_mail(text, people, clock):
    link, _secret = preview_links.make_link(edition=text, for_whom="A parent", days=7, by=people["edith"])
    preview_links.comment_through_link(link=link, who="Pat", words="My son Robin takes it")

    letter = mailed(clock)["edith"]

    assert "commented on" in letter.body
    assert "Robin" not in letter.body


def test_acts_of_one_hour_are_one_mail(text, people, clock):
    actions.submit(edition=text, by=people["edith"])
    other = factories.draft(factories.condition("sapho", name="SAPHO"))
    other.authors.add(people["edith"])
    actions.submit(edition=other, by=people["edith"])
    first = mailed(clock)
    actions.send_back(edition=other, by=people["edith"])

    assert first["rhea"].subject == "News of “CRMO” and other texts"
    assert "SAPHO" in first["rhea"].body
    assert "rhea" not in mailed(clock)


def test_text_taken_back_before_the_mail_left_asks_nobody(text, people, clock):
    actions.submit(edition=text, by=people["edith"])
    actions.send_back(edition=text, by=people["edith"])

    assert "rhea" not in mailed(clock)
    assert Message.objects.get(object_id=people["rhea"].pk).status == Message.Status.DROPPED


def test_those_who_left_and_commands_are_told_of_and_tell_nothing(text, people, clock):
    people["rhea"].is_active = False
    people["rhea"].save()
    actions.submit(edition=text, by=people["edith"])
    factories.publish(factories.draft(factories.condition("lupus", name="Lupus", owner=people["olive"])))

    assert mailed(clock) == {}


def test_text_for_a_day_to_come_is_told_when_visitors_see_it(text, people, clock):
    actions.submit(edition=text, by=people["edith"])
    actions.sign_off(edition=text, reviewer=people["rhea"].clinician, by=people["rhea"])
    mailed(clock)

    actions.approve(edition=text, by=people["paul"], publish_at=MORNING + timedelta(days=2))

    assert "olive" not in mailed(clock, minutes=24 * 60)
    assert "olive" in mailed(clock, minutes=24 * 60)


@pytest.mark.parametrize(
    ("moment", "last", "leaves"),
    [
        ((5, 15, 0), None, (5, 15, 5)),
        ((5, 15, 0), (5, 14, 30), (5, 15, 30)),
        ((5, 15, 0), (5, 13, 0), (5, 15, 5)),
        ((6, 0, 56), None, (6, 12, 0)),  # 7:56 pm: the mail would leave at 8:01 pm
        ((6, 8, 0), None, (6, 12, 0)),  # 3 am
    ],
)
def test_mail_leaves_within_the_day_and_an_hour_apart(moment, last, leaves):
    at = lambda parts: datetime(2026, 1, *parts, tzinfo=UTC)  # noqa: E731

    assert next_leave(at(moment), at(last) if last else None) == at(leaves)


def test_scheduled_text_is_moved_or_not_shown_for_now(text, people, clock, client):
    actions.submit(edition=text, by=people["edith"])
    actions.sign_off(edition=text, reviewer=people["rhea"].clinician, by=people["rhea"])
    actions.approve(edition=text, by=people["paul"], publish_at=MORNING + timedelta(days=2))
    client.force_login(people["paul"])
    change = reverse("admin:conditions_edition_reschedule", args=[text.pk])
    page = client.get(reverse("admin:conditions_edition_change", args=[text.pk])).content.decode()

    moved = client.post(change, {"publish_at": "2026-01-09T09:00"}, follow=True)
    second = moved.context["original"]
    change = reverse("admin:conditions_edition_reschedule", args=[second.pk])
    stopped = client.post(change, {"publish_at": ""}, follow=True)
    third = stopped.context["original"]

    assert "/reschedule/" in page
    assert "/withdraw/" not in page
    assert second.publish_at == datetime(2026, 1, 9, 14, tzinfo=UTC)
    assert "It waits for approval again." in stopped.content.decode()
    assert (third.number, third.status, third.is_signed) == (3, "submitted", True)
    assert list(third.authors.all()) == [people["edith"]]
    assert third in all_signed()
    assert "olive" in mailed(clock)
    clock.shift(timedelta(days=5))
    assert client.get("/conditions/crmo/").status_code == 404


def test_text_that_visitors_saw_is_not_rescheduled(text, people):
    live = factories.live("lupus")
    with pytest.raises(Refused, match="Visitors could see this text already"):
        actions.reschedule(edition=live, by=people["paul"], publish_at=MORNING + timedelta(days=2))
