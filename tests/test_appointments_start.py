"""The page that families read first, and the way to it."""

import pytest

from appointments.models import Draft, Request
from tests import factories
from tests.reading import text

pytestmark = pytest.mark.django_db
START = "/appointments/"
FROM_CRMO = "/appointments/?condition=crmo"
YOU = {"asker": "parent", "name": "Pat Sample", "confirm": "on"}


@pytest.fixture(autouse=True)
def clock(time_machine):
    """A Monday morning in New York."""
    time_machine.move_to("2026-06-01 13:30Z", tick=False)
    return time_machine


@pytest.fixture
def crmo():
    """A condition with a page, and the department that treats it and answers within four hours."""
    factories.department("general", order=1)
    row = factories.live("crmo").condition
    row.departments.add(factories.department("bones", phone="212 555 0177", answers_within=4, order=2))
    return row


def test_promise_and_emergency_stand_before_the_first_question_and_the_phone_beside_it(client):
    factories.department()

    page = client.get(START)

    words = text(page)
    told = [
        "If you send it now, we contact you by Wednesday, June 3, 2026 at 9:30 am Eastern",
        "Emergency: call 911. Do not use this form.",
        "Who are you?",
        "Your full name",
        "Continue",
        "What happens then",
        "Rather talk?",
    ]
    assert sorted(told, key=words.index) == told
    assert page["Cache-Control"] == "no-store"
    assert b"noindex" not in page.content


def test_first_question_is_answered_right_here(client, crmo):
    page = client.get(FROM_CRMO).content.decode()
    began = client.post(FROM_CRMO, YOU)
    wrong = client.post(FROM_CRMO, {"name": "Pat Sample"}, follow=True)

    assert 'action="/appointments/?condition=crmo"' in page
    assert began["Location"] == "/appointments/request/child/"
    assert "There is a problem Select who you are" in text(wrong)


def test_first_question_left_half_answered_is_found_again(client, crmo):
    left = client.post(FROM_CRMO, {"name": "Pat Half-Typed", "leave": ""})

    page = client.get(START)

    assert left.status_code == 204
    assert 'value="Pat Half-Typed"' in page.content.decode()
    assert "There is a problem" not in text(page)


def test_condition_of_the_page_before_brings_its_department_along(client, crmo):
    page = client.get(START, {"condition": "crmo"})

    assert "About: Condition crmo" in text(page)
    assert "by Monday, June 1, 2026 at 1:30 pm Eastern time" in text(page)
    assert "212 555 0177" in text(page)


def test_start_carries_the_condition_into_the_steps(client, crmo):
    began = client.post(FROM_CRMO, YOU)

    assert began["Location"] == "/appointments/request/child/"
    assert Draft.objects.get().read()["memory"]["about"] == {"condition": ["crmo"], "department": ["bones"]}
    assert "crmo" not in str(began.cookies)


@pytest.mark.parametrize("slug", ["", "unpublished", "no such", "a\x00b", "x" * 300])
def test_condition_without_a_page_is_passed_over(client, crmo, slug):
    factories.draft(factories.condition("unpublished"))

    shown, began = client.get(START, {"condition": slug}), client.post(START, YOU, query_params={"condition": slug})

    assert (shown.status_code, began["Location"]) == (200, "/appointments/request/child/")
    assert "About:" not in text(shown)
    assert set(Draft.objects.get().read()["memory"]) == {"began", "restarted", "unsent"}


def test_department_that_takes_no_requests_leaves_the_phone(client):
    factories.department(takes_requests=False)

    page = client.get(START)

    assert "Continue" not in text(page)
    assert "We take requests by phone only." in text(page)
    assert 'class="button" href="tel:' in page.content.decode()


def test_what_was_begun_goes_on_or_is_deleted(client, crmo):
    client.post(START, YOU)

    page = text(client.get(START))
    on = client.post(FROM_CRMO, {"go_on": ""})
    about = Draft.objects.get().read()["memory"]["about"]
    anew = client.post(FROM_CRMO, {"anew": ""})

    assert "Go on where you stopped" in page
    assert "Pat Sample" not in page
    assert (on["Location"], anew["Location"]) == ("/appointments/request/child/", FROM_CRMO)
    assert about == {"condition": ["crmo"], "department": ["bones"]}
    assert Draft.objects.count() == 0
    assert client.post(START, {"go_on": ""})["Location"] == "/appointments/request/you/"


def test_reading_writes_nothing(client, crmo):
    client.get(START)

    assert Draft.objects.count() == 0
    assert client.put(START).status_code == 405


def test_pages_of_conditions_lead_here_and_to_the_phone_alike(client, crmo):
    source = client.get("/conditions/crmo/").content.decode()

    assert 'class="button" href="/appointments/?condition=crmo"' in source
    assert 'class="button second" href="tel:+12125550177"' in source
    assert 'href="/appointments/"' in client.get("/search/?q=xylophone").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_start_costs_a_fixed_number_of_queries(client, django_assert_num_queries, count):
    for number in range(count):
        row = factories.live(f"condition-{number}").condition
        row.departments.add(factories.department(f"department-{number}"))

    with django_assert_num_queries(10):
        client.get(START, {"condition": "condition-0"})
    with django_assert_num_queries(6):
        client.post(f"{START}?condition=condition-0", YOU)


def test_department_of_the_page_before_is_carried_into_the_steps(client, crmo):
    page = client.get(START, {"department": "bones"})
    began = client.post(f"{START}?department=bones", YOU)

    assert "With: Bones" in text(page)
    assert 'action="/appointments/?department=bones"' in page.content.decode()
    assert "by Monday, June 1, 2026 at 1:30 pm Eastern time" in text(page)
    assert began["Location"] == "/appointments/request/child/"
    assert Draft.objects.get().read()["memory"]["about"] == {"department": ["bones"]}


@pytest.mark.parametrize("slug", ["full", "nowhere", "no such", "a\x00b"])
def test_department_that_takes_no_requests_is_passed_over(client, crmo, slug):
    factories.department("full", takes_requests=False)

    page, _began = client.get(START, {"department": slug}), client.post(START, YOU, query_params={"department": slug})

    assert "With:" not in text(page)
    assert set(Draft.objects.get().read()["memory"]) == {"began", "restarted", "unsent"}


def test_department_page_leads_here_with_itself_if_it_takes_requests(client, crmo):
    factories.department("full", takes_requests=False)

    takes, full = (client.get(f"/departments/{slug}/").content.decode() for slug in ("bones", "full"))

    assert 'class="button" href="/appointments/?department=bones"' in takes
    assert "?department=" not in full


def test_story_leads_here_with_its_condition_if_it_has_one(client, crmo):
    factories.story("one", [crmo])
    factories.story("two", [crmo, factories.live("arthritis").condition])
    factories.story("hidden", [factories.condition("unpublished")])

    one, two, hidden = (client.get(f"/stories/{slug}/").content.decode() for slug in ("one", "two", "hidden"))

    assert 'class="button" href="/appointments/?condition=crmo"' in one
    assert 'class="button" href="/appointments/"' in two
    assert 'class="button" href="/appointments/"' in hidden


def test_number_to_call_is_the_same_on_every_page_of_the_way(client, crmo, clock):
    client.post(FROM_CRMO, {})
    pages = [FROM_CRMO, "/appointments/request/you/"]
    for step, answers in {
        "you": YOU,
        "child": {"name": "Kim Sample", "born_month": "4", "born_day": "23", "born_year": "2015"},
        "visit": {"department": "bones", "visit": "new", "mode": "in-person", "interpreter": "no"},
        "contact": {"phone": "212 555 0199", "how": "call", "message": "yes"},
        "times": {"days": "1-am"},
    }.items():
        pages.append(client.post(f"/appointments/request/{step}/", answers)["Location"])
    shown = {page: text(client.get(page)) for page in pages}
    clock.shift(60)
    client.post("/appointments/request/check/")
    shown["done"] = text(client.get("/appointments/request/done/"))
    shown["private"] = text(client.get(f"/appointments/r/{Request.objects.get().link}/"))

    assert [page for page, words in shown.items() if "212 555 0177" not in words or "212 555 0142" in words] == []
