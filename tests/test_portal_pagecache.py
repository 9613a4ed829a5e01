"""Finished pages: the same bytes as Django's, for everybody, for as long as they are true, and no longer."""

import gc
import gzip
import threading
import tracemalloc
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import brotli
import pytest
import time_machine
from django.core.cache import caches
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError, close_old_connections, connection, transaction
from django.test import RequestFactory
from django.utils import timezone
from PIL import Image

from conditions import actions
from foundation.pages.http import PAGE_LIFETIME
from foundation.pictures.models import LibraryPicture
from portal.pagecache import content_cache
from portal.pagecache.application import PageCache, key_of
from portal.pagecache.content_version import ContentMonitor, coming_ends
from portal.pagecache.store import Store
from tests import factories
from tests.parallel import at_once

NOON = datetime(2026, 11, 28, 17, 0, tzinfo=UTC)  # in New York
PAGE = "/conditions/crmo/"
EVERY_CODING = "gzip, deflate, br"


class Front:
    """The site as its server sees it: what is asked of Django is counted."""

    def __init__(self, most=2**22):
        self.asked, self.answer_instead = [], None
        self.hold, self.held = None, threading.Event()
        self.django, self.monitor, self.pages = get_wsgi_application(), ContentMonitor(), Store(most)
        self.monitor.ask()
        self.cache = PageCache(self.counted, self.pages, self.monitor)

    def counted(self, environ, start_response):
        self.asked.append(environ["PATH_INFO"] + (environ["QUERY_STRING"] and f"?{environ['QUERY_STRING']}"))
        if self.hold:
            self.held.set()
            self.hold.wait(60)
        return (self.answer_instead or self.django)(environ, start_response)

    def get(self, path, method="GET", **headers):
        """(status, headers, body) as they leave; `headers` in the words of WSGI."""
        environ = RequestFactory(HTTP_HOST="localhost").generic(method, path).environ | headers
        told = []
        body = b"".join(self.cache(environ, lambda status, headers: told.extend([status, dict(headers)])))
        return told[0], told[1], body

    def body(self, path, **headers):
        return self.get(path, **headers)[2].decode()


@pytest.fixture(autouse=True)
def _one_connection():
    """The test's own stays open at the end of a request, as with Django's test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(autouse=True)
def clock():
    """Stands still unless a test moves it."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def crmo(db):
    return factories.live("crmo", summary="The first words.")


@pytest.fixture
def lasting(own):
    """The same in a database with real transactions."""
    return factories.live("crmo", summary="The first words.")


@pytest.fixture
def front(crmo):
    return Front()


def failing(environ, start_response):
    start_response("500 Internal Server Error", [("Cache-Control", "no-store")])
    return [b"fault"]


@contextmanager
def no_database():
    """Every question to the database fails meanwhile."""

    def fail(*_question):
        raise OperationalError("gone")

    with connection.execute_wrapper(fail):
        yield


def test_page_is_made_once_and_is_what_django_made(front, client, django_assert_num_queries):
    first = front.get(PAGE)

    with django_assert_num_queries(0):
        second = front.get(PAGE)

    assert first == second
    assert second[0] == "200 OK"
    assert second[2] == client.get(PAGE, headers={"host": "localhost"}).content
    assert front.asked == [PAGE]


def test_page_keeps_every_header_of_djangos_but_its_own(front, client):
    headers = front.get(PAGE)[1]

    plain = client.get(PAGE, headers={"host": "localhost"})
    ours = {"ETag", "Vary", "Content-Length"}
    assert {name: value for name, value in headers.items() if name not in ours} == {
        name: value for name, value in plain.headers.items() if name not in ours
    }
    assert (headers["Vary"], headers["Content-Length"]) == ("Accept-Encoding", str(len(plain.content)))


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        (EVERY_CODING, "br"),
        ("br;q=1.0, gzip;q=0.8", "br"),
        ("br; q=0, gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip;q=0", None),
    ],
)
def test_page_leaves_as_the_browser_can_read_it(front, accepted, coding):
    unpack = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}[coding]
    plain = front.get(PAGE)[2]

    _status, headers, body = front.get(PAGE, HTTP_ACCEPT_ENCODING=accepted)

    assert (headers.get("Content-Encoding"), unpack(body)) == (coding, plain)
    assert headers["Content-Length"] == str(len(body))


def test_page_is_kept_packed_and_counted(front):
    plain = front.get(PAGE)[2]
    (page,) = front.pages.values()

    bodies = [front.get(PAGE, HTTP_ACCEPT_ENCODING=coding)[2] for coding in ("gzip", "gzip", "br")]

    assert bodies[0] is bodies[1]
    assert (gzip.decompress(bodies[0]), brotli.decompress(bodies[2])) == (plain, plain)
    assert front.pages.bytes == page.size == len(bodies[0]) + len(bodies[2]) + 3000


def test_page_too_large_to_be_kept_is_not_counted_in_gzip(crmo):
    front = Front(most=10_000)

    bodies = [front.get(PAGE, HTTP_ACCEPT_ENCODING="gzip")[2] for _twice in range(2)]

    assert gzip.decompress(bodies[0]) == front.get(PAGE)[2]
    assert (len(front.pages), front.pages.bytes) == (0, 0)
    assert len(front.asked) == 3


@pytest.mark.parametrize("tags", ["{tag}", '"other", {tag}', "*"])
@pytest.mark.parametrize("accepted", ["", EVERY_CODING])
def test_unchanged_page_is_not_sent_again(front, tags, accepted):
    tag = front.get(PAGE)[1]["ETag"]

    status, headers, body = front.get(PAGE, HTTP_IF_NONE_MATCH=tags.format(tag=tag), HTTP_ACCEPT_ENCODING=accepted)

    assert (status, headers["ETag"], headers["Vary"], body) == ("304 Not Modified", tag, "Accept-Encoding", b"")
    assert set(headers) == {"ETag", "Vary", "Cache-Control"}


def test_head_tells_the_same_without_the_body(front):
    full = front.get(PAGE)

    assert front.get(PAGE, method="HEAD") == (full[0], full[1], b"")


def test_unknown_parameter_is_neither_a_new_page_nor_a_way_past(front):
    plain = front.get(PAGE)

    others = [front.get(f"{PAGE}?{query}") for query in ("utm_source=tv", "page=3", "page=3&utm=1", "%00=%ff", "x" * 4000)]

    assert others == [plain] * 5
    assert (front.asked, len(front.pages)) == ([PAGE], 1)


def test_known_parameter_is_a_page_of_its_own_whatever_stands_beside_it(front):
    for number in range(21):
        factories.news(f"item-{number:02}")

    pages = [front.body(f"/news/{query}") for query in ("", "?page=2", "?utm=tv&page=2", "?page=2&page=2", "?page=")]

    assert pages[1] == pages[2] == pages[3] != pages[0] == pages[4]
    assert front.asked == ["/news/", "/news/?page=2"]


def test_endless_value_means_nothing(front):
    assert front.get(f"/news/?page={'9' * 101}") == front.get("/news/")
    assert front.asked == ["/news/"]


@pytest.mark.parametrize("path", ["/appointments/", "/search/?q=crmo", "/admin/", "/accounts/login/", "/healthz", "/nowhere/"])
def test_what_is_no_public_page_is_never_kept(front, path):
    answers = [front.get(path)[0], front.get(path)[0]]

    assert (len(front.asked), len(front.pages)) == (2, 0)
    assert answers[0] == answers[1]


def test_post_goes_to_django(front):
    front.get(PAGE)

    assert front.get(PAGE, method="POST")[0] == "403 Forbidden"  # it carries no proof of where it comes from
    assert front.asked == [PAGE] * 2


def test_page_for_somebody_signed_in_is_made_without_telling_who(front, admin_client):
    cookie = f"sessionid={admin_client.cookies['sessionid'].value}"

    signed_in = front.get(PAGE, HTTP_COOKIE=cookie, HTTP_ACCEPT_LANGUAGE="es", HTTP_AUTHORIZATION="Basic eDp5")

    assert signed_in == front.get(PAGE)
    assert front.asked == [PAGE]


@pytest.mark.parametrize("extra", [("Set-Cookie", "a=b"), ("Vary", "Cookie"), ("Cache-Control", "no-store")])
def test_answer_with_anything_personal_is_not_kept(front, extra):
    def personal(environ, start_response):
        start_response("200 OK", [("Cache-Control", "public, max-age=60"), extra][extra[0] == "Cache-Control" :])
        return [b"personal"]

    front.answer_instead = personal

    assert [front.get(PAGE)[2], front.get(PAGE)[2]] == [b"personal"] * 2
    assert (len(front.asked), len(front.pages)) == (2, 0)


def test_missing_page_is_kept_for_strangers_and_asked_for_staff(front):
    strangers = [front.get("/conditions/none/")[0] for _ in range(2)]
    staff = front.get("/conditions/none/", HTTP_COOKIE="sessionid=x")[0]

    assert (*strangers, staff) == ("404 Not Found",) * 3
    assert front.asked == ["/conditions/none/"] * 2


def test_withdrawn_page_is_not_kept(front, crmo):
    actions.withdraw(edition=crmo, by="test", reason="Out of date")
    front.monitor.ask()

    assert [front.get(PAGE)[0], front.get(PAGE)[0]] == ["410 Gone"] * 2
    assert len(front.pages) == 0


def test_moved_page_is_kept(front, crmo):
    crmo.condition.slug = "cno"
    crmo.condition.save()

    answers = [front.get(PAGE), front.get(PAGE)]

    assert answers[0] == answers[1]
    assert (answers[0][0], answers[0][1]["Location"]) == ("301 Moved Permanently", "/conditions/cno/")
    assert front.asked == [PAGE]


@pytest.mark.parametrize("host", ["evil.example", "", "localhost.evil.example", "localhost:x"])
def test_host_that_is_not_ours_is_refused_by_django_and_not_kept(front, host):
    front.get(PAGE)

    assert front.get(PAGE, HTTP_HOST=host)[0] == "400 Bad Request"
    assert len(front.pages) == 1


def test_hosts_and_schemes_have_pages_of_their_own(front):
    for host, scheme in (("localhost", "http"), ("LOCALHOST", "http"), ("127.0.0.1", "http"), ("localhost", "https")):
        assert f"{scheme}://{host.lower()}/" in front.body(PAGE, HTTP_HOST=host, **{"wsgi.url_scheme": scheme})

    assert len(front.pages) == 3


def test_language_is_of_the_address_alone(front):
    english = front.body("/", HTTP_ACCEPT_LANGUAGE="es")
    spanish = front.body("/es/", HTTP_ACCEPT_LANGUAGE="en")

    assert ('<html lang="en"' in english, '<html lang="es"' in spanish) == (True, True)


# --- exactness --------------------------------------------------------------------------------------------------------


def test_published_change_is_on_the_page_once_it_was_looked_for(lasting):
    front = Front()
    before = front.body(PAGE)

    factories.publish(factories.draft(lasting.condition, summary="The second words."), at=NOON)
    front.monitor.ask()

    assert ("The first words." in before, "The second words." in front.body(PAGE)) == (True, True)


def test_story_is_gone_with_its_consent_once_it_was_looked_for(lasting):
    story = factories.story("pool", conditions=[lasting.condition])
    front = Front()
    before = [front.get("/stories/pool/")[0], "Story pool" in front.body(PAGE)]

    story.authorizations.update(revoked_on=timezone.localdate())
    front.monitor.ask()

    assert before == ["200 OK", True]
    assert [front.get("/stories/pool/")[0], "Story pool" in front.body(PAGE)] == ["404 Not Found", False]


def test_scheduled_page_appears_in_its_second_without_a_look(lasting, clock):
    front = Front()
    factories.news("evening", publish_at=NOON + timedelta(seconds=PAGE_LIFETIME + 30))
    front.monitor.ask()
    clock.shift(PAGE_LIFETIME - 1)
    before = front.get("/news/evening/")[0], front.get("/news/")[1]["Cache-Control"]
    clock.shift(30)
    a_second_before = front.get("/news/evening/")[0], front.get("/news/")[1]["Cache-Control"]
    clock.shift(1)
    then = front.get("/news/evening/")[0]

    assert before == ("404 Not Found", "public, max-age=31")
    assert (a_second_before, then) == (("404 Not Found", "public, max-age=1"), "200 OK")


def test_page_is_made_anew_when_its_time_is_over(front, clock):
    front.monitor.ask()
    for seconds in (0, PAGE_LIFETIME - 1, 1):
        clock.shift(seconds)
        front.monitor.ask()
        front.get(PAGE)

    assert front.asked == [PAGE] * 2


def test_page_made_while_content_changes_is_not_taken_for_the_new_one(front):
    def changing(environ, start_response):
        front.monitor.content = front.monitor.content.__class__(front.monitor.content.number + 1, 0.0, (), 0.0)
        return front.django(environ, start_response)

    front.answer_instead = changing
    front.get(PAGE)
    front.answer_instead = None
    front.get(PAGE)

    assert front.asked == [PAGE] * 2


# --- many at once -----------------------------------------------------------------------------------------------------


def test_many_who_ask_at_once_wait_for_one_to_make_the_page(lasting):
    front = Front()

    answers = at_once(lambda _one: front.get(PAGE), range(12))

    assert answers == [answers[0]] * 12
    assert (answers[0][0], front.asked) == ("200 OK", [PAGE])


def test_others_get_the_last_good_page_while_one_makes_it_anew(lasting, clock):
    front = Front()
    good = front.get(PAGE)
    clock.shift(PAGE_LIFETIME + 1)
    front.monitor.ask()
    front.hold = threading.Event()
    slow = threading.Thread(target=lambda: at_once(lambda _one: front.get(PAGE), [1]))
    slow.start()
    assert front.held.wait(60)
    meanwhile = front.get(PAGE)
    front.hold.set()
    slow.join()

    assert (meanwhile, front.asked) == (good, [PAGE] * 2)


def test_nobody_gets_the_old_page_longer_than_a_moment_after_a_change(front, clock):
    front.monitor.ask()
    front.get(PAGE)
    page, changed = next(iter(front.pages.values())), front.monitor.content
    changed = changed.__class__(changed.number + 1, NOON.timestamp(), changed.moments, changed.asked_at)
    spare = [page.is_spare(changed, NOON.timestamp() + seconds) for seconds in (0.1, 0.4, 0.6)]
    clock.shift(1)

    assert spare == [True, True, False]


def test_of_all_who_read_one_asks_and_at_most_once_a_second(front, clock, django_assert_num_queries):
    front.get(PAGE)
    clock.shift(0.9)
    with django_assert_num_queries(0):
        front.get(PAGE)
    clock.shift(0.2)
    with django_assert_num_queries(1):
        front.get(PAGE), front.get(PAGE)


def test_who_reads_while_another_asks_does_not_wait(front, clock, django_assert_num_queries):
    good = front.get(PAGE)
    clock.shift(30)
    front.monitor._lock.acquire()

    with django_assert_num_queries(0):
        status, headers, body = front.get(PAGE)

    assert (status, body, headers["Age"]) == ("200 OK", good[2], "30")


def test_page_is_asked_for_anew_after_the_clock_went_back(front, clock):
    front.get(PAGE)
    clock.shift(-3600)
    front.get(PAGE)

    assert front.asked == [PAGE] * 2


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_pages_stay_within_their_bound_and_the_ones_read_lately_stay(crmo, clock):
    front = Front(most=120_000)
    for number in range(60):
        clock.shift(0.1)
        front.monitor.ask()
        front.get(PAGE)
        front.get(f"/news/?page={number}")

    pages = front.pages
    assert pages.bytes == sum(page.size for page in pages.values()) <= 120_000
    assert 5 < len(pages) < 61
    assert front.asked.count(PAGE) == 1
    assert ("http", "localhost", "/news/", "page=59") in pages
    assert ("http", "localhost", "/news/", "page=0") not in pages


def test_page_too_large_for_the_bound_is_sent_and_not_kept(crmo):
    front = Front(most=4000)

    assert (front.get(PAGE)[0], len(front.pages), front.pages.bytes) == ("200 OK", 0, 0)


# --- failing well -----------------------------------------------------------------------------------------------------


def test_known_page_is_shown_and_marked_while_the_database_is_gone(front, clock):
    front.monitor.ask()
    good = front.get(PAGE)
    front.answer_instead = failing
    clock.shift(300)
    with no_database():
        status, headers, body = front.get(PAGE)
        unknown = front.get("/glossary/")[0]

    assert (status, body) == ("200 OK", good[2])
    assert (headers["Warning"], headers["Age"]) == ('110 - "Response is Stale"', "300")
    assert unknown == "500 Internal Server Error"
    assert "Age" not in good[1]


def test_page_never_says_open_after_the_closing_minute(db, clock):
    department = factories.department()
    closes = (NOON + timedelta(minutes=2)).astimezone(ZoneInfo("America/New_York"))
    department.hours.create(weekday=closes.isoweekday(), opens="00:01", closes=closes.time())
    factories.live("crmo", call_today="Limps").condition.departments.add(department)
    front, live = Front(), '<b class="live">We are open now, until'
    fresh = front.get(PAGE)
    clock.shift(119)
    front.monitor.ask()
    last_second = front.get(PAGE)
    clock.shift(1)
    with no_database():
        _status, headers, body = front.get(PAGE, HTTP_IF_NONE_MATCH=fresh[1]["ETag"])

    assert live in fresh[2].decode()
    assert fresh[1]["Cache-Control"] == "public, max-age=60, stale-while-revalidate=60, stale-if-error=60"
    assert (live in last_second[2].decode(), last_second[1]["Cache-Control"]) == (True, "public, max-age=1")
    assert (live in body.decode(), headers["Cache-Control"]) == (False, "public, max-age=0")
    assert "If we are closed or do not answer" in body.decode()


def consent(clock, crmo):
    factories.story("pool", conditions=[crmo.condition]).authorizations.update(expires_on=NOON.date())
    return ["/stories/pool/", "/stories/", "/", PAGE, "/sitemap.xml"], time(0, 0)


def expiry(clock, crmo):
    factories.news("evening", [crmo.condition], expires_at=local(time(20, 0)))
    return ["/news/evening/", "/news/", "/", PAGE, "/news/feed/"], time(20, 0)


def newer_text(clock, crmo):
    factories.publish(factories.draft(crmo.condition), at=local(time(18, 30)))
    return [PAGE], time(18, 30)


def picture_consent(clock, crmo):
    row = factories.news("pictured", picture_alt="A swimmer")
    out = BytesIO()
    Image.new("RGB", (600, 400), "teal").save(out, "PNG")
    factories.put_picture(row, out.getvalue())
    row.save()
    LibraryPicture.objects.update(shows_person=True, consent_paper="File", consent_until=NOON.date())
    return ["/news/pictured/", "/news/", "/", f"/pictures/{row.picture}"], time(0, 0)


def local(at):
    return datetime.combine(NOON.date(), at, ZoneInfo("America/New_York"))


@pytest.mark.parametrize("ending", [consent, expiry, newer_text, picture_consent])
def test_outage_that_outlasts_what_stands_on_a_page_shows_it_no_more(crmo, clock, settings, ending):
    settings.TRUSTED_PROXIES = 1
    pages, at = ending(clock, crmo)
    front = Front()
    left = (local(at).timestamp() - NOON.timestamp()) % 86400
    fresh = [front.get(path) for path in [*pages, "/glossary/"]]
    front.answer_instead = failing
    clock.shift(left - 1)
    with no_database():
        before = [front.get(path)[0] for path in pages]
        clock.shift(1)
        after = [front.get(path, HTTP_COOKIE="a=b") for path in pages]
        other = front.get("/glossary/")[0]

    stale = [headers["Cache-Control"].partition("stale-if-error=")[2] for _status, headers, _body in fresh]
    assert {status for status, _headers, _body in fresh} == set(before) == {other} == {"200 OK"}
    assert {status for status, _headers, _body in after} == {"404 Not Found"}
    assert {headers["X-Accel-Expires"] for _status, headers, _body in after} == {f"@{int(NOON.timestamp() + left)}"}
    assert set(stale) - {""} == {str(int(left - PAGE_LIFETIME)), "86400"}


def test_end_of_what_has_yet_to_appear_is_known(db, clock):
    factories.news("flash", publish_at=NOON + timedelta(minutes=1), expires_at=NOON + timedelta(hours=1))

    assert coming_ends(NOON.timestamp()) == ((NOON.timestamp() + 3600, b"/news/flash/"),)


def test_all_heals_when_the_database_is_back(front, clock):
    front.monitor.ask()
    front.get(PAGE)
    clock.shift(300)
    with no_database():
        stale = front.get(PAGE)
    clock.shift(1)
    healed = front.get(PAGE)

    assert [(answer[0], "Age" in answer[1]) for answer in (stale, healed)] == [("200 OK", True), ("200 OK", False)]
    assert front.asked == [PAGE] * 2


def test_last_good_page_stays_when_django_fails_and_nothing_has_changed(front, clock):
    front.monitor.ask()
    good = front.get(PAGE)
    clock.shift(PAGE_LIFETIME + 1)
    front.monitor.ask()
    front.answer_instead = failing
    again = front.get(PAGE)

    assert again == good


def test_fault_is_shown_once_content_has_changed(lasting):
    front = Front()
    front.get(PAGE)
    factories.news("other")
    front.monitor.ask()
    front.answer_instead = failing

    assert front.get(PAGE)[0] == "500 Internal Server Error"


def test_page_that_changed_before_the_database_went_is_shown_no_more(lasting, clock):
    front = Front()
    front.get(PAGE)
    actions.withdraw(edition=lasting, by="test", reason="A dose was wrong.")
    front.monitor.ask()
    front.answer_instead = failing
    clock.shift(2)
    with no_database():
        shown = front.get(PAGE)[0]

    assert (front.monitor.failed, shown) == (True, "500 Internal Server Error")


def test_site_that_starts_without_its_database_lets_django_answer(front):
    front.monitor.content = None

    assert (front.get(PAGE)[0], len(front.pages)) == ("200 OK", 0)


# --- behind a proxy, and by itself ------------------------------------------------------------------------------------


def test_proxy_is_told_to_keep_a_page_for_the_rest_of_the_second(crmo, settings):
    settings.TRUSTED_PROXIES, settings.SECURE_PROXY_SSL_HEADER = 1, ("HTTP_X_FORWARDED_PROTO", "https")
    front = Front()
    answers = [front.get(PAGE, HTTP_X_FORWARDED_PROTO="https") for _ in range(2)]
    missing = front.get("/nowhere/", HTTP_X_FORWARDED_PROTO="https")

    assert [headers["X-Accel-Expires"] for _status, headers, _body in answers] == [f"@{int(NOON.timestamp())}"] * 2
    assert "https://localhost/" in answers[0][2].decode()
    assert ("X-Accel-Expires" in missing[1], front.asked) == (False, [PAGE, "/nowhere/"])


def test_proxy_does_not_keep_what_nobody_can_confirm(crmo, settings, clock):
    settings.TRUSTED_PROXIES = 1
    front = Front()
    fresh = front.get(PAGE)
    clock.shift(2)
    with no_database():
        stale = front.get(PAGE)

    assert (stale[0], stale[2]) == ("200 OK", fresh[2])
    assert ["X-Accel-Expires" in headers for _status, headers, _body in (fresh, stale)] == [True, False]


def test_proxy_keeps_that_a_page_is_gone_in_the_place_of_the_page(crmo, settings):
    settings.TRUSTED_PROXIES = 1
    front = Front()
    front.get(PAGE)
    actions.withdraw(edition=crmo, by="test", reason="A dose was wrong.")
    front.monitor.ask()

    status, headers, _body = front.get(PAGE)

    assert (status[:3], headers["Cache-Control"]) == ("410", "no-store")
    assert headers["X-Accel-Expires"] == f"@{int(NOON.timestamp())}"


def test_proxy_does_not_keep_a_page_that_is_being_made_anew(lasting, settings):
    settings.TRUSTED_PROXIES = 1
    front = Front()
    front.get(PAGE)
    factories.news("other")
    front.monitor.ask()
    (key,) = front.pages
    front.pages.claim(key)

    status, headers, _body = front.get(PAGE)

    assert (status, "X-Accel-Expires" in headers) == ("200 OK", False)


def test_raw_addresses_and_headers_of_strangers_are_not_remembered():
    asked = [
        {"PATH_INFO": f"/{number}" + "a" * 16_000, "HTTP_HOST": f"{number}" + "b" * 16_000, "REQUEST_METHOD": "GET"}
        for number in range(300)
    ]
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        keys = [key_of(dict(each)) for each in asked] + [key_of(dict(each) | {"PATH_INFO": "/"}) for each in asked]
        asked.clear()
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert set(keys) == {None}
    assert after - before < 100_000


def test_answer_of_the_content_cache_is_kept_until_the_content_changes(lasting, monkeypatch):
    front, made = Front(), []
    monkeypatch.setattr(content_cache, "monitor", front.monitor)
    monkeypatch.setattr(content_cache, "store", front.pages)

    def answer():
        return caches["content"].get_or_set("words", lambda: made.append(1) or ["One"])

    answers = [answer(), answer()]
    with transaction.atomic():
        inside = answer()
    factories.news("other")
    front.monitor.ask()
    answers += [answer(), answer()]

    assert answers == [inside] * 4 == [["One"]] * 4
    assert len(made) == 3
    assert answers[0] is not answers[1]
    assert front.pages.bytes == sum(kept.size for kept in front.pages.values()) > 0


def test_answer_of_the_content_cache_ends_when_the_clock_changes_the_content(lasting, monkeypatch, clock):
    factories.news("soon", publish_at=timezone.now() + timedelta(seconds=20))
    front, made = Front(), []
    monkeypatch.setattr(content_cache, "monitor", front.monitor)
    monkeypatch.setattr(content_cache, "store", front.pages)
    front.monitor.ask()

    for _each in range(3):
        caches["content"].get_or_set("words", lambda: made.append(1))
        clock.shift(19 if len(made) == 1 else 2)
        front.monitor.ask()

    assert len(made) == 2


@pytest.mark.parametrize("why", ["nobody asks", "the database is gone", "nobody confirmed it lately"])
def test_content_cache_keeps_nothing_that_is_in_doubt(lasting, monkeypatch, clock, why):
    front, made = Front(), []
    monkeypatch.setattr(content_cache, "monitor", front.monitor)
    monkeypatch.setattr(content_cache, "store", front.pages)
    if why == "nobody asks":
        front.monitor.active = False
    elif why == "the database is gone":
        with no_database():
            front.monitor.ask()
    else:
        clock.shift(3)

    for _twice in range(2):
        caches["content"].get_or_set("words", lambda: made.append(1))

    assert (len(made), len(front.pages)) == (2, 0)


def test_more_parameters_than_a_person_sends_are_no_fault():
    query = "&".join(f"p={number}" for number in range(150))
    environ = {"PATH_INFO": "/conditions/", "HTTP_HOST": "localhost", "QUERY_STRING": query, "wsgi.url_scheme": "http"}

    assert key_of(environ) == ("http", "localhost", "/conditions/", "")
    assert key_of(environ | {"QUERY_STRING": "letter=a"}) is not None
