"""Who may do what: every address of appointments and messages, for every kind of person, by every method, in one table.

A cell holds the status of GET, HEAD, POST, PUT and DELETE. Who may do everything asks by all five, the others by GET and POST. An
address without a row, or a row without an address, fails. Who is not signed in and the first who may go the whole way, the others ask
the view.
"""

import re

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.db import connection, transaction
from django.urls import get_resolver
from django.utils import timezone

from appointments.models import Draft, Request
from directory.models import Clinician
from foundation.outbox.models import Message
from foundation.privacy import tokens
from portal.staff.roles import make_roles
from tests import factories
from tests.clients import AtTheView, Client
from tests.reading import text

SIGN_IN, NO, SHOWN = [302] * 5, [403] * 5, [200] * 5
MARKS = {
    "in": SIGN_IN,  # to the sign-in page
    "to": SIGN_IN,  # to the page that is meant
    "no": NO,
    "yes": SHOWN,
    "act": [200, 200, 302, 200, 200],  # shown, and done by POST
    "read": [200, 200, 405, 405, 405],
    "see": [200, 200, 403, 200, 200],  # shown, but never changed
    "none": [403, 403, 405, 405, 405],
    "post": [405, 405, 302, 405, 405],
    "file": [405, 405, 200, 405, 405],
    "not": [405, 405, 403, 405, 405],
}
# who:    anonymous nobody own-coordinator other-coordinator lead editor privacy-officer superuser
WORK = "in no yes no yes no no yes"  # a POST without its answers is shown again
DO = "in no act no act no no act"
STAFF_TABLE = {
    "appointments/request/": "in no yes yes yes no yes yes",  # each with the rows that this person may see
    "appointments/request/find/": "in not post post post not post post",
    "appointments/request/add/": "in no no no no no no no",
    "appointments/request/<path:object_id>/": "to to to to to to to to",
    "appointments/request/<path:object_id>/change/": "in none read none read none read read",
    "appointments/request/<path:object_id>/history/": "in no yes no yes no yes yes",
    "appointments/request/<path:object_id>/delete/": "in no no no no no no no",
    "appointments/request/<path:object_id>/copy/": "in not not not not not file file",
    "appointments/request/<path:object_id>/export-csv/": "in not not not file not not file",
    "appointments/request/<path:object_id>/export-fhir/": "in not not not file not not file",
    "appointments/request/<path:object_id>/send-to-system/": WORK,  # nothing was refused
    "appointments/request/<path:object_id>/entered-by-hand/": WORK,
    "appointments/request/<path:object_id>/take/": DO,
    "appointments/request/<path:object_id>/came/": WORK,  # no visit is over
    "appointments/request/<path:object_id>/missed/": WORK,
    "appointments/request/<path:object_id>/assign/": WORK,
    "appointments/request/<path:object_id>/give-back/": DO,
    "appointments/request/<path:object_id>/cancel-visit/": WORK,
    "appointments/request/<path:object_id>/attempt/": WORK,
    "appointments/request/<path:object_id>/hours/": WORK,
    "appointments/request/<path:object_id>/offer/": WORK,
    "appointments/request/<path:object_id>/confirm/": WORK,
    "appointments/request/<path:object_id>/takes-earlier/": WORK,  # none is held
    "appointments/request/<path:object_id>/declines-earlier/": WORK,
    "appointments/request/<path:object_id>/earlier/": WORK,
    "appointments/request/<path:object_id>/ask/": WORK,
    "appointments/request/<path:object_id>/note/": WORK,
    "appointments/request/<path:object_id>/read/": WORK,
    "appointments/request/<path:object_id>/hand-over/": WORK,
    "appointments/request/<path:object_id>/merge/": WORK,
    "appointments/request/<path:object_id>/close/": WORK,
    "appointments/request/<path:object_id>/reopen/": WORK,
    "appointments/request/<path:object_id>/new-link/": DO,
    "appointments/request/<path:object_id>/undo/": WORK,
    "appointments/request/<path:object_id>/erase/": "in no no no no no yes yes",
    "appointments/request/<path:object_id>/hold/": "in no no no no no yes yes",
    "appointments/request/<path:object_id>/lift-hold/": "in no no no no no yes yes",  # none stands
    "appointments/schedule/": "in no no no yes no no yes",
    "appointments/schedule/add/": "in no no no no no no no",
    "appointments/schedule/<path:object_id>/": "to to to to to to to to",
    "appointments/schedule/<path:object_id>/change/": "in no no no yes no no yes",  # a POST without its rows is shown again
    "appointments/schedule/<path:object_id>/history/": "in no no no yes no no yes",
    "appointments/schedule/<path:object_id>/delete/": "in no no no no no no no",
    "outbox/message/": "in no yes yes yes no yes yes",
    "outbox/message/add/": "in no no no no no no no",
    "outbox/message/<path:object_id>/": "to to to to to to to to",
    "outbox/message/<path:object_id>/change/": "in no see no see no see see",
    "outbox/message/<path:object_id>/history/": "in no yes no yes no yes yes",
    "outbox/message/<path:object_id>/delete/": "in no no no no no no no",
    "outbox/message/<path:object_id>/send-again/": DO,
    "outbox/message/<path:object_id>/drop/": DO,
}
ACTS = {
    "appointments/request/<path:object_id>/take/": {
        "appointments_request",
        "appointments_requestevent",
        "appointments_familyact",
    },
    "appointments/request/<path:object_id>/give-back/": set(),  # nobody has it
    "appointments/request/<path:object_id>/new-link/": {"appointments_request", "outbox_message"},
    "outbox/message/<path:object_id>/send-again/": {"outbox_message"},
    "outbox/message/<path:object_id>/drop/": {"outbox_message"},  # asked, of no row: it is not held
}
MAY_WRITE = {"audit_record", "audit_head"}  # that somebody read
MAY_WRITE |= {"django_session", "usersessions_usersession"}  # the idle limit; that somebody is still there
SENT = {"adminkit_sentform"}  # that a form was sent, so that it acts once
OPEN_TABLE = {
    "appointments/": [200, 200, 302, 405, 405],
    "appointments/find/": [200, 200, 200, 405, 405],
    "appointments/request/you/": [200, 200, 302, 405, 405],
    "appointments/request/child/": [302, 302, 302, 405, 405],
    "appointments/request/visit/": [302, 302, 302, 405, 405],
    "appointments/request/contact/": [302, 302, 302, 405, 405],
    "appointments/request/times/": [302, 302, 302, 405, 405],
    "appointments/request/check/": [302, 302, 302, 405, 405],
    "appointments/request/done/": [302, 302, 302, 405, 405],
    "appointments/request/unknown/": [404, 404, 404, 405, 405],
    "appointments/visits/<str:token>.ics": [404, 404, 405, 405, 405],  # an address that nobody made
}
UNREAD = [404, 404, 405, 405, 405]
UNKNOWN, LOCKED = [404, 404, 404, 405, 405], [302, 302, 200, 405, 405]  # a POST asks for the date of birth, words kept
LINK_TABLE = {  # a link that opens nothing; the link alone; link and date of birth
    "appointments/r/<str:token>/": [[404, 404, 405, 405, 405], *[[200, 200, 405, 405, 405]] * 2],
    "appointments/r/<str:token>/unlock/": [UNKNOWN, LOCKED, LOCKED],
    "appointments/r/<str:token>/accept/": [UNKNOWN, [302, 302, 302, 405, 405], [302, 302, 302, 405, 405]],
    "appointments/r/<str:token>/other/": [UNKNOWN, LOCKED, [302, 302, 302, 405, 405]],  # no times to answer yet
    "appointments/r/<str:token>/withdraw/": [UNKNOWN, LOCKED, [200, 200, 302, 405, 405]],
    "appointments/r/<str:token>/contact/": [UNKNOWN, LOCKED, [200, 200, 200, 405, 405]],
    "appointments/r/<str:token>/words/": [UNKNOWN, LOCKED, [200, 200, 200, 405, 405]],
    "appointments/r/<str:token>/earlier/": [UNKNOWN, LOCKED, [302, 302, 302, 405, 405]],  # no visit yet
    "appointments/r/<str:token>/keep/": [UNKNOWN, LOCKED, [302, 302, 302, 405, 405]],
    "appointments/r/<str:token>/calendar.ics": [[404, 404, 405, 405, 405], *[[302, 302, 405, 405, 405]] * 2],
}
METHODS = ("get", "head", "post", "put", "delete")


def routes(resolver, before=""):
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern, route)
        else:
            yield route


THEIRS = "admin/appointments/receivingsystem/"  # a right of superusers: tests/test_portal_roles.py
OURS = [
    route
    for route in routes(get_resolver())
    if route.startswith(("appointments/", "admin/appointments/", "admin/outbox/")) and not route.startswith(THEIRS)
]
STAFF = [route for route in OURS if route.startswith("admin/")]
FAMILY = [route for route in OURS if not route.startswith("admin/")]


def staff(name, group, *departments):
    user = factories.staff(name)
    user.groups.set(Group.objects.filter(name=group))
    user.coordinated_departments.set(departments)
    return user


@pytest.fixture
def people(db, cast):
    """A client for each kind of person; the request is of the own coordinator's department."""
    return {name: client.again() for name, client in cast.items()}


@pytest.fixture(scope="module")
def cast(module_db):
    make_roles(apps)
    own, other = factories.department("own"), factories.department("other")
    users = {
        "anonymous": None,
        "nobody": factories.staff("nobody"),
        "own coordinator": staff("cora", "coordinator", own),
        "other coordinator": staff("dora", "coordinator", other),
        "lead": staff("lea", "coordinator lead"),
        "editor": staff("edith", "editor"),
        "privacy officer": staff("olga", "privacy officer"),
        "superuser": factories.administrator(),
    }
    factories.request(department=own)
    factories.clinician()
    clients = {name: Client() for name in users}
    for name, user in users.items():
        if user:
            clients[name].force_login(user)
    return clients


def ask(client, method, address, data=None):
    """Status, and the tables that were written to. What was written is taken back."""
    tables = set()

    def watch(execute, sql, params, many, context):
        match = re.match(r'(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"', sql)
        tables.update([match[1]] if match else [])
        return execute(sql, params, many, context)

    with transaction.atomic():
        with connection.execute_wrapper(watch):
            response = getattr(client, method)(address, data if method == "post" else None)
        transaction.set_rollback(True)
    return response.status_code, tables


def path_of(route, about):
    return "/" + route.replace("<path:object_id>", str(about.pk))


def test_every_address_stands_in_a_table():
    assert set(STAFF) == {f"admin/{route}" for route in STAFF_TABLE}
    steps = {
        f"appointments/request/{step}/" for step in ("you", "child", "visit", "contact", "times", "check", "done", "unknown")
    }
    assert {*FAMILY, *steps} - {"appointments/request/<slug:step>/"} == {*OPEN_TABLE, *LINK_TABLE}


@pytest.mark.parametrize("route", STAFF_TABLE)
def test_staff_addresses_answer_as_the_table_says(people, route):
    row, message = Request.objects.get(), Message.objects.get()
    about = {"outbox": message, "appointments/schedule": Clinician.objects.get()}
    address = path_of(f"admin/{route}", next((each for start, each in about.items() if route.startswith(start)), row))

    marks = dict(zip(people, STAFF_TABLE[route].split(), strict=True))
    first = next((name for name, mark in marks.items() if mark not in {"in", "no", "not", "to"}), "")
    for name, mark in marks.items():
        asks = people[name] if name in {"anonymous", first} else AtTheView(people[name])
        methods = METHODS if name == "superuser" else ("get", "post")
        answers = {method: ask(asks, method, address, {"seen": row.version}) for method in methods}

        right = dict(zip(METHODS, MARKS[mark], strict=True))
        statuses = {method: status for method, (status, _tables) in answers.items()}
        assert (name, statuses) == (name, {method: right[method] for method in methods})
        written = {method: tables - MAY_WRITE for method, (_status, tables) in answers.items()}
        assert written.pop("post") - SENT == (ACTS[route] if mark == "act" else set())
        assert set().union(*written.values()) == set()


NAMED = {  # what the form says of those who can read a case
    "own coordinator": "the people who arrange visits in the department that you ask",
    "lead": "those who lead them",
    "privacy officer": "our privacy officers",
    "nobody": "other people of our staff whom we allow it",
    "superuser": "the few who run this website",
}


@pytest.mark.parametrize(
    ("emptied", "others"),
    [
        *((group, ()) for group in ("", "coordinator", "coordinator lead", "privacy officer")),
        *(("", rights) for rights in (("view_request",), ("view_request", "see_all_requests"))),
    ],
)
def test_form_names_exactly_those_who_can_read_a_case(people, emptied, others):
    """The words are the rules: whoever is given or loses the right is named, or no longer named, at once."""
    Group.objects.filter(name=emptied).delete()
    User.objects.get(username="nobody").user_permissions.set(Permission.objects.filter(codename__in=others))
    address = f"/admin/appointments/request/{Request.objects.get().pk}/change/"

    read = {NAMED[name] for name, client in people.items() if client.get(address).status_code == 200}
    said = text(people["anonymous"].get("/appointments/"))

    named = {words for words in NAMED.values() if words in said}
    of_a_department = {NAMED["own coordinator"]} if others == ("view_request",) else set()  # once a department names them
    assert named == read | of_a_department


def test_form_says_how_long_answers_are_kept(people, settings):
    settings.RETENTION_DAYS = 1
    people["anonymous"].post("/appointments/")
    hours = round((Draft.objects.get().expires_at - timezone.now()).total_seconds() / 3600)

    said = text(people["anonymous"].get("/appointments/"))

    assert f"We keep answers that you have not sent for {hours} hours, then we delete them." in said
    assert "What you sent we delete 1 day after your request is closed." in said


@pytest.mark.parametrize("route", OPEN_TABLE)
def test_open_addresses_answer_everybody_alike_and_write_on_post_alone(people, route):
    for name in ("anonymous", "nobody", "own coordinator", "superuser"):
        found = [ask(people[name], method, f"/{route}") for method in METHODS]

        assert (name, [status for status, _tables in found]) == (name, OPEN_TABLE[route])
        assert [tables for at, (_status, tables) in enumerate(found) if METHODS[at] != "post"] == [set()] * 4


@pytest.mark.parametrize("route", LINK_TABLE)
def test_private_addresses_open_with_the_link_and_show_with_the_date_of_birth(people, route):
    row = Request.objects.get()
    other = factories.request(draft_key="b" * 64, department=row.department)
    born = {"born_month": "4", "born_day": "3", "born_year": "2018"}

    for name in ("anonymous", "own coordinator", "superuser"):
        client, answers = people[name], []
        for token in ("x" * 43, row.link, row.link):
            if answers[1:]:
                client.post(f"/appointments/r/{row.link}/unlock/", born)
            found = [ask(client, method, "/" + route.replace("<str:token>", token)) for method in METHODS]
            answers.append([status for status, _tables in found])
            assert [tables for at, (_status, tables) in enumerate(found) if METHODS[at] != "post"] == [set()] * 4
        assert (name, answers) == (name, LINK_TABLE[route])
        foreign = ask(client, "get", "/" + route.replace("<str:token>", other.link))
        assert foreign[0] == LINK_TABLE[route][1][0]


def test_lists_hold_only_what_the_person_may_see(people):
    reference = Request.objects.get().reference

    holds = {
        name: [
            reference in client.get(f"/admin/{address}").content.decode()
            for address in ("appointments/request/", "outbox/message/")
        ]
        for name, client in people.items()
    }

    may = {"own coordinator", "lead", "privacy officer", "superuser"}
    assert holds == {name: [name in may] * 2 for name in people}


def test_no_page_may_be_kept_by_anybody(people):
    row = Request.objects.get()
    kept = []

    for route in (*OPEN_TABLE, *LINK_TABLE, *(f"admin/{route}" for route in STAFF_TABLE)):
        for client in (people["anonymous"], people["superuser"]):
            answer = client.get(path_of(route, row).replace("<str:token>", row.link))
            told = answer["Referrer-Policy"]
            if "no-store" not in answer["Cache-Control"] or told not in {"same-origin", "strict-origin", "no-referrer"}:
                kept.append((route, answer["Cache-Control"], told))

    assert kept == []


def test_a_verb_refuses_what_is_not_allowed_even_to_who_may_do_everything(people):
    row = Request.objects.get()

    answer = people["superuser"].post(f"/admin/appointments/request/{row.pk}/reopen/", {"seen": row.version})

    assert "This request cannot be opened again." in answer.content.decode()
    assert Request.objects.get().status == "received"


def test_ten_thousand_guessed_links_open_nothing(people):
    link = Request.objects.get().link
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    turned = {link[:place] + letter + link[place + 1 :] for place in range(43) for letter in letters} - {link}
    cut = {link[:-1], link[1:], link + "A", link.lower(), link.upper(), f"{link}=", f" {link}", link[::-1], ""} - {link}
    guessed = [*turned, *cut, *(tokens.new()[0] for _ in range(10_000 - len(turned) - len(cut)))]

    opened = Request.objects.filter(link_hash__in=[tokens.hashed(guess) for guess in guessed[:5000]]).count()
    opened += Request.objects.filter(link_hash__in=[tokens.hashed(guess) for guess in guessed[5000:]]).count()
    answers = {people["anonymous"].get(f"/appointments/r/{guess}/").status_code for guess in guessed[::100] if guess}

    assert (len(set(guessed)), opened, answers) == (10_000, 0, {404})


def test_a_changed_or_borrowed_cookie_shows_nothing(people):
    row, client = Request.objects.get(), people["anonymous"]
    other = factories.request(draft_key="b" * 64, department=row.department, child_name="Kim Other")
    client.post(f"/appointments/r/{row.link}/unlock/", {"born_month": "4", "born_day": "3", "born_year": "2018"})
    name, good = next((name, cookie.value) for name, cookie in client.cookies.items() if "unlocked" in name)
    assert "Kim Sample" in client.get(f"/appointments/r/{row.link}/").content.decode()

    client.cookies[name.replace(str(row.pk), str(other.pk))] = good
    assert "Kim Other" not in client.get(f"/appointments/r/{other.link}/").content.decode()
    for place in range(len(good)):
        client.cookies[name] = good[:place] + ("A" if good[place] != "A" else "B") + good[place + 1 :]
        assert "Kim Sample" not in client.get(f"/appointments/r/{row.link}/").content.decode()


def test_reading_any_page_writes_nothing(people):
    condition = factories.live().condition
    factories.story(conditions=[condition])
    factories.news(conditions=[condition])
    factories.clinician(slug="cy-example")
    pages = [
        route for route in routes(get_resolver()) if re.fullmatch(r"[\w./-]*", route) and not route.startswith("accounts/")
    ]
    pages += ["conditions/crmo/", "departments/own/", "stories/pool/", "news/evening/", "clinicians/cy-example/", "es/"]
    rare = {  # a search that found nothing is counted, without who asked; whether writing works is tried and taken back
        "search/": {"privacy_attempts", "search_miss"},
        "readyz": {"privacy_attempts", "privacy_keyholder"},
        "metrics": {"privacy_attempts"},
    }

    written = {page: ask(people["superuser"], "get", f"/{page}?q=nothing")[1] - MAY_WRITE for page in pages}

    assert len(pages) >= 30
    assert {page: tables for page, tables in written.items() if tables - rare.get(page, set())} == {}
