"""Finished pages: the same bytes as Django's, for everybody, for as long as they are true, and no longer."""

import gc
import gzip
import os
import threading
import tracemalloc
from datetime import UTC, datetime, timedelta

import brotli
import pytest
import time_machine
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import RequestFactory
from django.utils import timezone

from conditions import actions
from portal.pagecache.application import PageCache
from portal.pagecache.content_version import Watch
from portal.pagecache.upstream import key_of
from tests import factories
from tests.parallel import at_once

NOON = datetime(2026, 11, 28, 17, 0, tzinfo=UTC)  # in New York
PAGE = "/conditions/crmo/"
EVERY_CODING = "gzip, deflate, br"


class Front:
    """The site as its server sees it: what is asked of Django is counted, and the content is looked at when told."""

    def __init__(self, most=2**22):
        self.asked, self.answer_instead, self.hold = [], None, None
        self.django, self.watch = get_wsgi_application(), Watch()
        self.watch._process = os.getpid()  # no thread looks by itself
        self.watch.look()
        self.cache = PageCache(self.counted, most, self.watch)

    def counted(self, environ, start_response):
        self.asked.append(environ["PATH_INFO"] + (environ["QUERY_STRING"] and f"?{environ['QUERY_STRING']}"))
        if self.hold:
            self.hold.wait(10)
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


def test_page_in_gzip_is_kept_once_somebody_reads_it_and_counted(front):
    plain = front.get(PAGE)[2]
    (page,) = front.cache.pages.values()
    before = page.size, front.cache.pages.bytes

    bodies = [front.get(PAGE, HTTP_ACCEPT_ENCODING="gzip")[2] for _twice in range(2)]
    front.cache.keeper.tidy()

    assert bodies[0] is bodies[1]
    assert gzip.decompress(bodies[0]) == plain
    assert before == (page.size - len(bodies[0]), page.size - len(bodies[0]))
    assert front.cache.pages.bytes == page.size


def test_page_too_large_to_be_kept_is_not_counted_in_gzip(crmo):
    front = Front(most=10_000)

    bodies = [front.get(PAGE, HTTP_ACCEPT_ENCODING="gzip")[2] for _twice in range(2)]

    assert gzip.decompress(bodies[0]) == front.get(PAGE)[2]
    assert (len(front.cache.pages), front.cache.pages.bytes) == (0, 0)
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
    assert (front.asked, len(front.cache.pages)) == ([PAGE], 1)


def test_known_parameter_is_a_page_of_its_own_whatever_stands_beside_it(front):
    for number in range(21):
        factories.news(f"item-{number:02}")

    pages = [front.body(f"/news/{query}") for query in ("", "?page=2", "?utm=tv&page=2", "?page=2&page=2", "?page=")]

    assert pages[1] == pages[2] == pages[3] != pages[0] == pages[4]
    assert front.asked == ["/news/", "/news/?page=2"]


def test_endless_value_is_not_kept(front):
    front.get(f"/news/?page={'9' * 101}")

    assert len(front.cache.pages) == 0


@pytest.mark.parametrize("path", ["/appointments/", "/search/?q=crmo", "/admin/", "/accounts/login/", "/healthz", "/nowhere/"])
def test_what_is_no_public_page_is_never_kept(front, path):
    answers = [front.get(path)[0], front.get(path)[0]]

    assert (len(front.asked), len(front.cache.pages)) == (2, 0)
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
    assert (len(front.asked), len(front.cache.pages)) == (2, 0)


def test_missing_page_is_kept_for_strangers_and_asked_for_staff(front):
    strangers = [front.get("/conditions/none/")[0] for _ in range(2)]
    staff = front.get("/conditions/none/", HTTP_COOKIE="sessionid=x")[0]

    assert (*strangers, staff) == ("404 Not Found",) * 3
    assert front.asked == ["/conditions/none/"] * 2


def test_withdrawn_page_is_not_kept(front, crmo):
    actions.withdraw(edition=crmo, by="test", reason="Out of date")
    front.watch.look()

    assert [front.get(PAGE)[0], front.get(PAGE)[0]] == ["410 Gone"] * 2
    assert len(front.cache.pages) == 0


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
    assert len(front.cache.pages) == 1


def test_hosts_and_schemes_have_pages_of_their_own(front):
    for host, scheme in (("localhost", "http"), ("LOCALHOST", "http"), ("127.0.0.1", "http"), ("localhost", "https")):
        assert f"{scheme}://{host.lower()}/" in front.body(PAGE, HTTP_HOST=host, **{"wsgi.url_scheme": scheme})

    assert len(front.cache.pages) == 3


def test_language_is_of_the_address_alone(front):
    english = front.body("/", HTTP_ACCEPT_LANGUAGE="es")
    spanish = front.body("/es/", HTTP_ACCEPT_LANGUAGE="en")

    assert ('<html lang="en"' in english, '<html lang="es"' in spanish) == (True, True)


# --- exactness --------------------------------------------------------------------------------------------------------


def test_published_change_is_on_the_page_once_it_was_looked_for(lasting):
    front = Front()
    before = front.body(PAGE)

    factories.publish(factories.draft(lasting.condition, summary="The second words."), at=NOON)
    front.watch.look()

    assert ("The first words." in before, "The second words." in front.body(PAGE)) == (True, True)


def test_story_is_gone_with_its_consent_once_it_was_looked_for(lasting):
    story = factories.story("pool", conditions=[lasting.condition])
    front = Front()
    before = [front.get("/stories/pool/")[0], "Story pool" in front.body(PAGE)]

    story.authorizations.update(revoked_on=timezone.localdate())
    front.watch.look()

    assert before == ["200 OK", True]
    assert [front.get("/stories/pool/")[0], "Story pool" in front.body(PAGE)] == ["404 Not Found", False]


def test_scheduled_page_appears_in_its_second_without_a_look(lasting, clock):
    front = Front()
    factories.news("evening", publish_at=NOON + timedelta(seconds=90))
    front.watch.look()
    clock.shift(59)
    front.watch.confirmed += 59
    before = front.get("/news/evening/")[0], front.get("/news/")[1]["Cache-Control"]
    clock.shift(30)
    front.watch.confirmed += 30
    a_second_before = front.get("/news/evening/")[0], front.get("/news/")[1]["Cache-Control"]
    clock.shift(1)
    front.watch.confirmed += 1
    then = front.get("/news/evening/")[0]

    assert before == ("404 Not Found", "public, max-age=31")
    assert (a_second_before, then) == (("404 Not Found", "public, max-age=1"), "200 OK")


def test_page_is_made_anew_after_a_minute(front, clock):
    front.watch.look()
    for seconds in (0, 59, 1):
        clock.shift(seconds)
        front.watch.look()
        front.get(PAGE)

    assert front.asked == [PAGE] * 2


def test_page_made_while_content_changes_is_not_taken_for_the_new_one(front):
    def changing(environ, start_response):
        front.watch.content = front.watch.content.__class__(front.watch.content.number + 1, 0.0, (), 0.0)
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
    clock.shift(61)
    front.watch.look()
    front.hold = threading.Event()
    slow = threading.Thread(target=lambda: at_once(lambda _one: front.get(PAGE), [1]))
    slow.start()
    while len(front.asked) < 2:
        pass
    meanwhile = front.get(PAGE)
    front.hold.set()
    slow.join()

    assert (meanwhile, front.asked) == (good, [PAGE] * 2)


def test_nobody_gets_the_old_page_longer_than_a_moment_after_a_change(front, clock):
    front.watch.look()
    front.get(PAGE)
    page, changed = next(iter(front.cache.pages.values())), front.watch.content
    changed = changed.__class__(changed.number + 1, NOON.timestamp(), changed.moments, changed.asked)
    spare = [page.spare(changed, NOON.timestamp() + seconds) for seconds in (0.1, 0.4, 0.6)]
    clock.shift(1)

    assert spare == [True, True, False]


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_pages_stay_within_their_bound_and_the_ones_read_lately_stay(crmo, clock):
    front = Front(most=120_000)
    for number in range(60):
        clock.shift(0.1)
        front.watch.look()
        front.get(PAGE)
        front.get(f"/news/?page={number}")

    pages = front.cache.pages
    assert pages.bytes == sum(page.size for page in pages.values()) <= 120_000
    assert 5 < len(pages) < 61
    assert front.asked.count(PAGE) == 1
    assert ("http", "localhost", "/news/", "page=59") in pages
    assert ("http", "localhost", "/news/", "page=0") not in pages


def test_page_too_large_for_the_bound_is_sent_and_not_kept(crmo):
    front = Front(most=4000)

    assert (front.get(PAGE)[0], len(front.cache.pages), front.cache.pages.bytes) == ("200 OK", 0, 0)


# --- failing well -----------------------------------------------------------------------------------------------------


def test_known_page_is_shown_and_marked_while_the_database_is_gone(front, clock):
    front.watch.look()
    good = front.get(PAGE)
    front.answer_instead, front.watch.failed = failing, True
    clock.shift(300)
    status, headers, body = front.get(PAGE)
    unknown = front.get("/glossary/")[0]

    assert (status, body) == ("200 OK", good[2])
    assert (headers["Warning"], headers["Age"]) == ('110 - "Response is Stale"', "300")
    assert unknown == "500 Internal Server Error"
    assert "Age" not in good[1]


def test_all_heals_when_the_database_is_back(front, clock):
    front.watch.look()
    front.get(PAGE)
    front.watch.failed = True
    clock.shift(300)
    front.get(PAGE)
    front.watch.look()
    healed = front.get(PAGE)

    assert (healed[0], "Age" in healed[1], front.asked) == ("200 OK", False, [PAGE] * 2)


def test_last_good_page_stays_when_django_fails_and_nothing_has_changed(front, clock):
    front.watch.look()
    good = front.get(PAGE)
    clock.shift(61)
    front.watch.look()
    front.answer_instead = failing
    again = front.get(PAGE)

    assert again == good


def test_fault_is_shown_once_content_has_changed(lasting):
    front = Front()
    front.get(PAGE)
    factories.news("other")
    front.watch.look()
    front.answer_instead = failing

    assert front.get(PAGE)[0] == "500 Internal Server Error"


def test_site_that_starts_without_its_database_lets_django_answer(front):
    front.watch.content, front.watch.failed = None, True

    assert (front.get(PAGE)[0], len(front.cache.pages)) == ("200 OK", 0)


# --- behind a proxy, and by itself ------------------------------------------------------------------------------------


def test_proxy_is_told_to_keep_a_page_for_the_rest_of_the_second(crmo, settings):
    settings.TRUSTED_PROXIES, settings.SECURE_PROXY_SSL_HEADER = 1, ("HTTP_X_FORWARDED_PROTO", "https")
    front = Front()
    answers = [front.get(PAGE, HTTP_X_FORWARDED_PROTO="https") for _ in range(2)]
    missing = front.get("/nowhere/", HTTP_X_FORWARDED_PROTO="https")

    assert [headers["X-Accel-Expires"] for _status, headers, _body in answers] == [f"@{int(NOON.timestamp())}"] * 2
    assert "https://localhost/" in answers[0][2].decode()
    assert ("X-Accel-Expires" in missing[1], front.asked) == (False, [PAGE, "/nowhere/"])


def test_proxy_keeps_that_a_page_is_gone_in_the_place_of_the_page(crmo, settings):
    settings.TRUSTED_PROXIES = 1
    front = Front()
    front.get(PAGE)
    actions.withdraw(edition=crmo, by="test", reason="A dose was wrong.")
    front.watch.look()

    status, headers, _body = front.get(PAGE)

    assert (status[:3], headers["Cache-Control"]) == ("410", "no-store")
    assert headers["X-Accel-Expires"] == f"@{int(NOON.timestamp())}"


def test_proxy_does_not_keep_a_page_that_is_being_made_anew(lasting, settings):
    settings.TRUSTED_PROXIES = 1
    front = Front()
    front.get(PAGE)
    factories.news("other")
    front.watch.look()
    (key,) = front.cache.pages
    front.cache.pages.claim(key)

    status, headers, _body = front.get(PAGE)

    assert (status, "X-Accel-Expires" in headers) == ("200 OK", False)


def test_keeper_makes_read_pages_anew_after_a_change_and_leaves_others(lasting, clock):
    front = Front()
    front.get("/glossary/")
    clock.shift(70)
    front.watch.look()
    front.get(PAGE)
    front.get("/conditions/none/")
    factories.news("other", conditions=[lasting.condition])
    front.watch.look()
    front.cache.keeper.tidy()
    made = front.asked[3:]
    page = front.body(PAGE)

    assert (made, "News other" in page) == ([PAGE], True)


def test_keeper_adds_what_was_just_published(lasting):
    front = Front()
    front.get("/")
    front.cache.keeper.tidy()
    factories.publish(factories.draft(factories.condition("lupus")), at=NOON)
    factories.story("pool", language="es", publish_at=NOON)
    front.watch.look()
    front.cache.keeper.tidy()
    asked = list(front.asked)
    answers = [front.get(path)[0] for path in ("/conditions/lupus/", "/es/stories/pool/")]

    assert answers == ["200 OK"] * 2
    assert front.asked == asked


def test_keeper_packs_smaller_what_stays_and_is_read(crmo, clock):
    front = Front()
    plain = front.get(PAGE)[2]
    first = front.get(PAGE, HTTP_ACCEPT_ENCODING=EVERY_CODING)
    clock.shift(6)
    front.watch.look()
    front.cache.keeper.tidy()
    packed = front.get(PAGE, HTTP_ACCEPT_ENCODING=EVERY_CODING)
    clock.shift(60)
    front.watch.look()
    anew = front.get(PAGE, HTTP_ACCEPT_ENCODING=EVERY_CODING)

    assert len(packed[2]) < len(first[2])
    assert brotli.decompress(packed[2]) == plain
    assert (anew, front.asked) == (packed, [PAGE] * 2)
    assert front.cache.pages.bytes == sum(page.size for page in front.cache.pages.values())


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


def test_more_parameters_than_a_person_sends_are_no_fault():
    query = "&".join(f"p={number}" for number in range(150))
    environ = {"PATH_INFO": "/conditions/", "HTTP_HOST": "localhost", "QUERY_STRING": query, "wsgi.url_scheme": "http"}

    assert key_of(environ) is None
    assert key_of(environ | {"QUERY_STRING": "letter=a"}) is not None
