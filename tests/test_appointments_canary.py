"""A child with unmistakable words goes the whole way, every view breaking once: the words are found nowhere but where they belong."""

import base64
import io
import logging
import re
import zlib
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from appointments.models import OfferedTime, Request
from foundation.privacy.scrub import Scrub
from tests import factories
from tests.clients import Client

WORDS = [
    *("canarybird", "xaverius", "wilhelmina", "tibia"),
    *("2017-09-28", "9/28/2017", "09/28/2017", "september 28", "sept. 28", "28 sept"),
    *("555 0173", "555-0173", "5550173"),
]
YOU = {"asker": "parent", "name": "Wilhelmina Canarybird", "confirm": "on"}
BORN = {"born_month": "9", "born_day": "28", "born_year": "2017"}
CHILD = {"name": "Xaverius Canarybird", "liked_name": "Xavi Canarybird", **BORN}
VISIT = {
    "visit": "new",
    "mode": "in-person",
    "interpreter": "spoken",
    "language": "Canarybirdish",
    "referring_doctor": "Dr. Canarybird",
    "note": "The left tibia hurts, says Canarybird.",
}
CONTACT = {"phone": "212 555 0173", "email": "canarybird@canarybird.example.org", "how": "call", "message": "yes"}
TIMES = {
    "days": ["1-am"],
    "avoid": "Canarybird has school",
    "first": "canarybird mornings",
}


class Breaking:
    """Lets a view do its work and then fails, with everything it was sent in the fault's words."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if "X-Break" in request.headers:
            raise RuntimeError(f"{request.POST.dict()} {request.path} {request.COOKIES}")
        return response


def found(text):
    """The words in `text` (or bytes), whatever their case."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return [word for word in WORDS if word in text.casefold()]


class Browser:
    """Sends everything twice, first to a view that breaks; notes addresses, titles and cookies."""

    def __init__(self, user=None):
        self.client = Client(raise_request_exception=False)
        self.seen = []
        self.answers = 0
        if user:
            self.client.force_login(user)

    def __call__(self, method, address, data=None, *, breaks=True, files=False):
        act = getattr(self.client, method)
        if breaks:
            broken = act(address, data, headers={"X-Break": "1"})
            assert broken.status_code == 500, address
            assert found(broken.content) == []
            self._note(address, broken)
        response = act(address, data)
        assert response.status_code < 400, (address, response.status_code)
        self._note(address, response)
        return response

    def _note(self, address, response):
        self.answers += 1
        page = response.content.decode("utf-8", "replace") if not response.streaming else ""
        self.seen += [address, str(response.headers), *re.findall(r"<title>.*?</title>", page, re.DOTALL)]
        self.seen += re.findall(r'(?:href|action|src)="([^"]*)"', page)
        for cookie in response.cookies.values():
            self.seen += [cookie.OutputString(), *opened(cookie.value)]


def opened(value):
    """What a signed or packed cookie says inside."""
    for part in re.split(r"[:.$]", value):
        try:
            raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        except ValueError:
            continue
        yield raw.decode("utf-8", "replace")
        try:
            yield zlib.decompress(raw).decode("utf-8", "replace")
        except zlib.error:
            continue


def family(browser):
    browser("get", "/appointments/")
    browser("post", "/appointments/")
    for step, answers in {"you": YOU, "child": CHILD, "visit": VISIT, "contact": CONTACT, "times": TIMES}.items():
        browser("get", f"/appointments/request/{step}/")
        browser("post", f"/appointments/request/{step}/", answers)
    browser("get", "/appointments/request/check/")


def send(browser):
    browser("post", "/appointments/request/check/")
    browser("get", "/appointments/request/done/")
    browser("post", "/appointments/find/", {"reference": Request.objects.get().reference, "email": CONTACT["email"]})
    return Request.objects.get()


def work(browser, row):
    """Staff read the case and offer a time."""
    case = f"/admin/appointments/request/{row.pk}/"
    browser("get", "/admin/appointments/request/")
    page = browser("get", f"{case}change/")
    for sought in (CONTACT["email"], CONTACT["phone"], "nobody@canarybird.example.org"):
        browser("post", "/admin/appointments/request/find/", {"q": sought})
    for verb in ("take", "attempt", "offer", "confirm", "ask", "note", "hand-over", "merge", "close", "reopen", "undo"):
        browser("get", f"{case}{verb}/")
    for verb, words in (("ask", "Which tibia, Canarybird?"), ("note", "Xaverius Canarybird needs an interpreter")):
        seen = Request.objects.get().version
        browser("post", f"{case}{verb}/", {"seen": seen, "words": words}, breaks=False)
    return page


def offer(row, user):
    from appointments import actions
    from appointments.actions.booking import Slot

    starts = timezone.now() + timedelta(days=4)
    where = factories.location()
    who = factories.clinician()
    actions.offer(request=row, by=user, slots=[Slot(who, starts, starts + timedelta(minutes=45), "America/New_York", where)])


def answer(browser, row):
    """The family reads its page, accepts, writes, changes its number, withdraws."""
    private = f"/appointments/r/{row.link}/"
    browser("get", private)
    browser("post", f"{private}unlock/", BORN)
    page = browser("get", private)
    for below in ("contact/", "words/", "withdraw/", "other/"):
        browser("get", private + below)
    time = OfferedTime.objects.get()
    browser("get", f"{private}accept/?time={time.pk}")
    browser("post", f"{private}words/", {"seen": Request.objects.get().version, "words": "Xaverius: the left tibia"})
    browser("post", f"{private}contact/", {"seen": Request.objects.get().version, **CONTACT})
    browser("post", f"{private}accept/", {"time": time.pk, "seen": Request.objects.get().version}, breaks=False)
    browser("get", f"{private}calendar.ics")
    withdrawing = {"seen": Request.objects.get().version, "words": "Canarybird is well"}
    browser("post", f"{private}withdraw/", withdrawing, breaks=False)
    return page


def read_by_others(officer, row):
    officer("get", f"/admin/appointments/request/{row.pk}/history/")
    officer("get", "/admin/outbox/message/")
    officer("get", "/admin/")
    return officer("post", f"/admin/appointments/request/{row.pk}/copy/")


def everything():
    """Every cell of every table."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for line in cursor.fetchall():
                for cell in line:
                    yield table, bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell)


def letters():
    """What the messages say, and their headers; without the address they go to, which a calendar file names once more."""
    for message in mail.outbox:
        parts = message.message()
        yield str([(name, value) for name, value in parts.items() if name != "To"])
        for part in parts.walk():
            if not part.is_multipart():
                words = part.get_payload(decode=True).decode("utf-8", "replace").replace("\r\n ", "")
                yield re.sub(r"(?m)^ATTENDEE[^\r]*", "", words) if part.get_content_type() == "text/calendar" else words


@pytest.fixture
def log():
    """What the handler of our settings writes during the test."""
    handler = next(h for h in logging.getLogger().handlers if any(isinstance(f, Scrub) for f in h.filters))
    out = io.StringIO()
    before = handler.setStream(out)
    yield out
    handler.setStream(before)


def test_the_words_of_a_family_are_found_nowhere(own, settings, tmp_path, log, time_machine):
    time_machine.move_to("2026-06-01 14:10Z")
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{Breaking.__module__}.Breaking"]
    settings.CACHES = settings.CACHES | {
        "default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": tmp_path / "cache"}
    }
    own_department = factories.department(inbox="desk@example.org")
    cora = factories.coordinator("cora", own_department)
    family_browser, staff_browser = Browser(), Browser(cora)
    officer_browser = Browser(factories.administrator())

    family(family_browser)
    drafted = [(table, found(cell)) for table, cell in everything() if found(cell)]
    time_machine.shift(60)  # nobody is quicker than a few seconds
    row = send(family_browser)
    case = work(staff_browser, row)
    offer(Request.objects.get(), cora)
    page = answer(family_browser, row)
    copy = read_by_others(officer_browser, row)
    call_command("deliver", "--once")

    # where they belong they are, so the search works
    assert {"canarybird", "xaverius", "tibia", "555 0173"} <= set(found(case.content))
    assert {"canarybird", "tibia"} <= set(found(page.content))
    assert {"canarybird", "xaverius", "wilhelmina", "september 28"} <= set(found(copy.content))
    assert {"appointments_request", "audit_record"} == {table for table, cell in everything() if row.reference == cell}
    assert len(mail.outbox) >= 5
    assert log.getvalue().count("Internal Server Error") >= 40

    assert drafted == []
    assert [(table, cell) for table, cell in everything() if found(cell)] == []
    assert [line for line in log.getvalue().splitlines() if found(line)] == []
    assert [text for browser in (family_browser, staff_browser, officer_browser) for text in browser.seen if found(text)] == []
    assert [text for text in letters() if found(text)] == []
    assert [s.get_decoded() for s in Session.objects.all() if found(str(s.get_decoded()))] == []
    assert [path.name for path in tmp_path.rglob("*") if path.is_file() and found(unpacked(path))] == []
    assert row.link not in log.getvalue()
    assert all(row.link not in str(cell) for _table, cell in everything())


def unpacked(path):
    """A file's bytes, and what Django's cache packed into them."""
    raw = path.read_bytes()
    if path.suffix == ".djcache":
        raw += zlib.decompress(raw[raw.index(b"x\x9c") :])
    return raw
