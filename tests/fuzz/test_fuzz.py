"""Hostile input on every form and query parameter: no server error, and what is accepted comes back equal.

An error inside a view reaches the test as itself. `make fuzz` runs many cases, `make test` a few.
"""

import itertools
import os
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from appointments import actions
from appointments.actions.booking import Slot
from appointments.models import Request
from tests import factories
from tests.clients import Client
from tests.fuzz import hostile

pytestmark = pytest.mark.databases

MANY = int(os.environ.get("FUZZ", "4"))
cases = settings(
    max_examples=MANY,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[
        Phase.generate
    ],  # a fault is said as it was found: every case is a whole journey, and making it smaller takes hours
    suppress_health_check=list(HealthCheck),
)
YOU = {"asker": "parent", "name": "Pat Sample", "confirm": "on"}
CHILD = {"name": "Kim Sample", "liked_name": "", "born_month": "4", "born_day": "23", "born_year": "2015"}
VISIT = {
    "visit": "new",
    "mode": "in-person",
    "interpreter": "no",
    "condition": "",
    "department": "",
    "state": "",
    "language": "",
}
VISIT |= {"referring_doctor": "", "note": ""}
TIMES = {"days": "1-am", "earliest": "", "avoid": "", "first": "", "second": "", "third": ""}
CONTACT = {"phone": "212 555 0199", "email": "kit@example.org", "how": "call", "message": "yes"}
WHOLE = {"you": YOU, "child": CHILD, "visit": VISIT, "contact": CONTACT, "times": TIMES}
CHECK = {"topic": ""}
BORN = {"born_month": "4", "born_day": "3", "born_year": "2018"}
MINE = {
    "unlock": BORN | {"then": "words"},
    "accept": {"time": "1", "seen": "0"},
    "other": {"words": "Mornings", "seen": "0"},
    "withdraw": {"words": "We moved", "seen": "0"},
    "contact": CONTACT | {"seen": "0"},
    "words": {"words": "She limps"},
}
READING = {
    "/search/": ["q", "page"],
    "/conditions/": ["q", "department", "page", "letter"],
    "/stories/": ["page"],
    "/news/": ["page"],
    "/departments/": ["page"],
    "/glossary/": ["page", "letter"],
    "/": ["q", "page"],
    "/es/search/": ["q", "page"],
    "/appointments/": ["condition"],
    "/appointments/find/": ["reference", "email"],
}
QUEUE = ["q", "p", "state", "due", "department", "taken", "words", "same", "o", "all", "_facets", "_changelist_filters", "e"]
CRITERION = "mainSearchCriteria.v."
BUTTON = [*(CRITERION + part for part in ("c", "cs", "csn", "dn", "ot", "c1", "cs1", "dn1")), "subTopic.v.c", "callback"]
BUTTON += ["informationRecipient.languageCode.c", "knowledgeResponseType", "MAINSEARCHCRITERIA.C.C", "x"]
CODES = [
    b"M86.361",
    b"m86.3",
    b"2.16.840.1.113883.6.90",
    b"298382003",
    b"es",
    b"text/xml",
    b"application/javascript",
    b"f",
    b"Q000628",
]
ACCEPTS = ["", "text/html", "application/json", "*/*;q=0", "\x00"]
homes = itertools.count()


@pytest.fixture
def visitor(db):
    """Sends as browsers do, every time from another address, so that no limit stands in the way."""

    def send(method, path, body=b"", kind="", client=None, **headers):
        number = next(homes)
        headers["REMOTE_ADDR"] = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        with transaction.atomic():
            return (client or Client()).generic(method, path, body, content_type=kind or "application/octet-stream", **headers)

    return send


def answered(client, visitor, **steps):
    for step, answers in steps.items():
        body = hostile.encoded(answers.items())
        last = visitor("POST", f"/appointments/request/{step}/", body, "application/x-www-form-urlencoded", client)
    return last


@pytest.mark.parametrize("step", WHOLE)
def test_steps_survive_whatever_is_sent(visitor, step):
    factories.department(virtual=True, licensed_states="NY, NJ")

    @cases
    @given(sent=hostile.bodies([*WHOLE[step], "csrfmiddlewaretoken"], WHOLE[step]), cookie=hostile.words)
    def check(sent, cookie):
        client = Client()
        if len(sent[0]) % 5 == 0:
            client.cookies["draft"] = (
                cookie.encode("ascii", "ignore").decode().replace("\0", "").replace("\r", "").replace("\n", "")
            )
        assert visitor("POST", f"/appointments/request/{step}/", *sent, client).status_code < 500
        assert visitor("GET", f"/appointments/request/{step}/", client=client).status_code < 500
        assert visitor("GET", "/appointments/request/check/", client=client).status_code < 500

    check()


def test_check_survives_whatever_is_sent(visitor):
    factories.department()

    @cases
    @given(sent=hostile.bodies([*CHECK, "csrfmiddlewaretoken"], CHECK))
    def check(sent):
        client = Client()
        answered(client, visitor, **WHOLE)
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=1)):
            assert visitor("POST", "/appointments/request/check/", *sent, client).status_code < 500
        assert visitor("GET", "/appointments/request/done/", client=client).status_code < 500

    check()


@pytest.mark.parametrize("act", MINE)
def test_private_page_survives_whatever_is_sent(visitor, act):
    department = factories.department()
    cora, ana = factories.coordinator("cora", department), factories.clinician()
    starts = datetime(2027, 3, 1, 15, tzinfo=UTC)

    @cases
    @given(sent=hostile.bodies([*MINE[act], "then", "done"], MINE[act]), query=hostile.queries([*MINE[act], "then", "done"]))
    def check(sent, query):
        with time_machine.travel(starts - timedelta(days=2)), transaction.atomic():
            row = factories.request(f"{next(homes):064}", department=department)
            actions.offer(request=row, by=cora, slots=[Slot(ana, starts, starts + timedelta(hours=1), "America/New_York")])
            client, page = Client(), f"/appointments/r/{row.link}/"
            if act != "unlock":
                visitor("POST", f"{page}unlock/", hostile.encoded(BORN.items()), "application/x-www-form-urlencoded", client)
            assert visitor("POST", f"{page}{act}/", *sent, client).status_code < 500
            assert visitor("GET", f"{page}{act}/?{query}", client=client).status_code < 500
            assert visitor("GET", f"{page}?{query}", client=client).status_code < 500
            transaction.set_rollback(True)

    check()


@pytest.mark.parametrize("path", ["/appointments/find/", "/appointments/", "/conditions/crmo/feedback/"])
def test_other_forms_survive_whatever_is_sent(visitor, path):
    factories.live("crmo")
    factories.department()
    valid = {"reference": "K7M4-QXP2", "email": "pat@example.org", "condition": "crmo", "helpful": "yes", "comment": ""}

    @cases
    @given(sent=hostile.bodies([*valid, "anew"], valid))
    def check(sent):
        assert visitor("POST", path, *sent).status_code < 500

    check()


@pytest.mark.parametrize("path", READING)
def test_reading_pages_survive_whatever_is_asked(visitor, path):
    factories.live("crmo")
    factories.department()

    @cases
    @given(query=hostile.queries(READING[path]))
    def check(query):
        assert visitor("GET", f"{path}?{query}").status_code < 500

    check()


def test_addresses_survive_whatever_stands_in_them(visitor):
    factories.request()
    patterns = ["/appointments/r/{}/", "/appointments/r/{}/calendar.ics", "/appointments/request/{}/", "/conditions/{}/"]
    patterns += ["/stories/{}/", "/news/{}/", "/departments/{}/", "/clinicians/{}/", "/conditions/crmo/versions/{}/"]

    @cases
    @given(pattern=st.sampled_from(patterns), piece=hostile.pieces)
    def check(pattern, piece):
        assert visitor("GET", pattern.format(hostile.quote_plus(piece[:2000]))).status_code < 500

    check()


def test_infobutton_survives_whatever_is_asked_and_logs_none_of_it(visitor, caplog):
    factories.live("crmo").condition.codes.create(system="icd-10-cm", code="M86.3", includes_descendants=True)
    caplog.set_level("INFO")
    pairs = st.tuples(st.sampled_from(BUTTON), st.sampled_from(CODES) | hostile.pieces)

    @settings(cases, max_examples=13 * MANY)
    @given(
        asked=st.lists(pairs, min_size=1, max_size=6), accept=st.sampled_from(ACCEPTS), method=st.sampled_from(["GET", "POST"])
    )
    def check(asked, accept, method):
        query = hostile.encoded([*asked, (CRITERION + "dn9", "Canarysyndrome")])
        sent = (
            (f"/infobutton?{query.decode()}",)
            if method == "GET"
            else ("/infobutton", query, "application/x-www-form-urlencoded")
        )
        assert visitor(method, *sent, HTTP_ACCEPT=accept).status_code < 500
        assert "Canary" not in caplog.text
        caplog.clear()

    check()


def test_queue_survives_whatever_is_asked(visitor):
    factories.request()
    ada = factories.administrator()
    client = Client()
    client.force_login(ada)

    @cases
    @given(query=hostile.queries(QUEUE))
    def check(query):
        answer = visitor("GET", f"/admin/appointments/request/?{query}", client=client)
        assert answer.status_code < 500

    check()


def test_accepted_words_come_back_equal(visitor):
    factories.department()

    @cases
    @given(typed=st.lists(hostile.shown, min_size=7, max_size=7))
    def check(typed):
        client = Client()
        asker, child, liked, doctor, note, avoid, first = typed
        whole = {
            "you": YOU | {"name": asker},
            "child": CHILD | {"name": child, "liked_name": liked},
            "visit": VISIT | {"referring_doctor": doctor, "note": note},
            "contact": CONTACT,
            "times": TIMES | {"avoid": avoid, "first": first},
        }
        assert answered(client, visitor, **whole)["Location"] == "/appointments/request/check/"
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=1)), transaction.atomic():
            sent = visitor("POST", "/appointments/request/check/", b"topic=", "application/x-www-form-urlencoded", client)
            row = Request.objects.first()
        wishes = row.read("wishes")
        kept = [
            row.asker_name,
            row.child_name,
            row.child_liked_name,
            row.referring_doctor,
            row.note,
            wishes["avoid"],
            *wishes["preferred"],
        ]
        assert sent["Location"] == "/appointments/request/done/"
        assert [normal(text) for text in kept] == [normal(text) for text in typed]

    check()


def normal(text):
    return unicodedata.normalize("NFC", text.strip())
