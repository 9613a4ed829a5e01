"""“Did this page help?”: kept, thanked for, limited, and only from our own pages."""

from datetime import timedelta

import pytest

from conditions.models import PageFeedback
from foundation.privacy import limits
from tests import factories
from tests.reading import headings, text

pytestmark = pytest.mark.django_db
HERE = {"Sec-Fetch-Site": "same-origin"}


def send(client, headers=HERE, language="", **answer):
    return client.post(f"{language}/conditions/crmo/feedback/", answer, headers=headers)


def test_answer_is_kept_and_thanked_for(client):
    edition = factories.live("crmo")

    response = send(client, helpful="yes", comment="  Clear words  ")

    assert (response.status_code, response["Location"]) == (303, "/conditions/crmo/feedback/")
    assert headings(client.get(response["Location"])) == ["Thank you"]
    assert list(PageFeedback.objects.values_list("edition", "helpful", "comment")) == [(edition.pk, True, "Clear words")]
    assert response.cookies == {}


def test_no_is_kept_without_a_comment(client):
    factories.live("crmo")

    send(client, helpful="no")

    assert list(PageFeedback.objects.values_list("helpful", "comment")) == [(False, "")]


@pytest.mark.parametrize("said", ["yes", "no"])
def test_words_after_one_press_go_to_the_answer_that_was_given(client, said):
    edition = factories.live("crmo")
    PageFeedback.objects.create(edition=edition, helpful=said == "no")

    thanks = client.get(send(client, helpful=said)["Location"]).content.decode()
    response = send(client, helpful=said, adds="yes", comment="A word is missing.")

    assert f'<input type="hidden" name="helpful" value="{said}">' in thanks
    assert response["Location"] == "/conditions/crmo/feedback/"
    answers = PageFeedback.objects.order_by("pk").values_list("helpful", "comment")
    assert list(answers) == [(said == "no", ""), (said == "yes", "A word is missing.")]


def test_nothing_more_to_say_changes_nothing(client):
    factories.live("crmo")
    send(client, helpful="yes")

    send(client, helpful="yes", adds="yes", comment="")
    send(client, helpful="no", adds="yes", comment="")

    assert list(PageFeedback.objects.values_list("helpful", "comment")) == [(True, "")]


def test_answer_belongs_to_the_edition_that_was_read(client):
    row = factories.live("crmo").condition
    row.names.create(language="es", kind="preferred", text="Osteomielitis")
    spanish = factories.publish(factories.draft(row, "es"))

    response = send(client, language="/es", helpful="yes")

    assert response["Location"] == "/es/conditions/crmo/feedback/?said=yes"
    assert PageFeedback.objects.get().edition == spanish


@pytest.mark.parametrize("answer", [{}, {"helpful": "maybe"}])
def test_no_choice_is_asked_for_again_with_the_words_kept(client, answer):
    factories.live("crmo")

    response = send(client, comment="Words I typed", **answer)

    assert response.status_code == 422
    assert "There is a problem Select yes or no" in text(response)
    assert 'value="Words I typed"' in response.content.decode()
    assert "<title>Error: " in response.content.decode()
    assert PageFeedback.objects.count() == 0


def test_line_too_long_says_by_how_much(client):
    factories.live("crmo")

    response = send(client, helpful="no", comment="x" * 301)

    assert "Shorten your line to 300 characters. It has 301 now." in text(response)
    assert "x" * 301 in response.content.decode()
    assert PageFeedback.objects.count() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
    ],
)
def test_answer_from_elsewhere_is_refused(client, headers):
    factories.live("crmo")

    assert send(client, headers=headers, helpful="yes").status_code == 403
    assert PageFeedback.objects.count() == 0


def test_browser_that_only_sends_origin_is_heard(client):
    factories.live("crmo")

    assert send(client, headers={"Origin": "http://testserver"}, helpful="yes").status_code == 303


def test_hundreds_of_answers_an_hour_from_one_address_are_kept_and_no_more(client, time_machine, rf):
    time_machine.move_to("2026-06-01 12:10Z", tick=False)
    factories.live("crmo")
    for _ in range(290):
        limits.allowed(rf.get("/"), what="page feedback", most=300, per=timedelta(hours=1))
    for number in range(10):
        send(client, helpful="yes", comment=f"Answer {number}")

    eleventh = send(client, helpful="no")
    time_machine.move_to("2026-06-01 13:10Z", tick=False)
    later = send(client, helpful="no")

    assert (eleventh.status_code, later.status_code) == (429, 303)
    assert headings(eleventh) == ["That is a lot of answers"]
    assert PageFeedback.objects.count() == 11


@pytest.mark.parametrize("answer", [{"helpful": "yes"}, {"helpful": "no", "comment": "A word is missing."}])
def test_answer_that_is_sent_twice_is_kept_once_and_thanked_for_twice(client, time_machine, answer):
    time_machine.move_to("2026-06-01 12:10Z", tick=False)
    factories.live("crmo")

    statuses = [send(client, **answer).status_code for _press in range(3)]
    send(client, **answer | {"comment": "Other words."})
    time_machine.move_to("2026-06-01 12:11Z", tick=False)
    send(client, **answer)

    assert statuses == [303, 303, 303]
    assert PageFeedback.objects.count() == 3


def test_nothing_to_answer_on_a_page_that_is_not_there(client):
    factories.draft(factories.condition("crmo"))

    assert send(client, helpful="yes").status_code == 404
    assert client.get("/conditions/crmo/feedback/").status_code == 404
    assert client.put("/conditions/crmo/feedback/").status_code == 405


def test_what_nobody_can_see_is_left_out_of_the_comment(client):
    factories.live("crmo")

    assert send(client, helpful="yes", comment="a\x00b\u200b\u202c").status_code == 303
    assert PageFeedback.objects.get().comment == "ab"
