"""Links in texts: kept as references, so that a rename, a withdrawal or a dead address is seen."""

from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conditions import actions
from foundation.links import link_index
from foundation.links.checker import AddressChecker
from foundation.links.management.commands.check_links import Command
from foundation.links.models import Link, OutsideAddress
from tests import factories
from tests.admin_forms import filled, told

PAGES = {
    "/well": (200, ""),
    "/gone": (410, ""),
    "/no-head": (405, ""),
    "/closed": (403, ""),
    "/broken": (500, ""),
    "/moved": (301, "/well"),
    "/round": (302, "/round"),
    "/inside": (302, "http://10.0.0.1/"),
    "/mail": (302, "mailto:pat@example.org"),
    "/file": (302, "file:///etc/passwd"),
}


class Server(BaseHTTPRequestHandler):
    def answer(self):
        status, location = PAGES.get(self.path, (404, ""))
        if self.path == "/no-head" and self.command == "GET":
            status = 206
        self.server.asked.append((self.command, self.path, dict(self.headers)))
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET = answer  # noqa: N815  so the standard library calls them

    def log_message(self, *words):
        pass


@pytest.fixture
def server():
    with HTTPServer(("127.0.0.1", 0), Server) as running:
        running.asked = []
        running.address = f"http://127.0.0.1:{running.server_port}"
        thread = Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def asker():
    return AddressChecker(reachable=lambda address: address == "127.0.0.1", pause=0)


def text(*urls):
    return "".join(f'<p><a href="{url}">words</a></p>' for url in urls)


def kept():
    return {(link.kind, link.url): (link.target_kind, link.target_id) for link in Link.objects.all()}


@pytest.mark.django_db
def test_saving_a_text_keeps_what_each_address_leads_to():
    edition = factories.live("crmo")
    here = factories.department("rheumatology")

    factories.news(
        text=text(
            "/conditions/crmo/#treatment",
            "/es/conditions/crmo/",
            "/departments/rheumatology",
            "/conditions/crmo/versions/1/",
            "/glossary/",
            "/nowhere/",
            "/stories/never/",
            "https://example.org/a?b=1&amp;c=2",
            "mailto:pat@example.org",
            "#top",
        )
    )

    found = {url: target for (kind, url), target in kept().items() if kind == "news.newsitem"}
    condition = ("conditions.condition", edition.condition_id)
    assert found == {
        "/conditions/crmo/#treatment": condition,
        "/es/conditions/crmo/": condition,
        "/conditions/crmo/versions/1/": condition,
        "/departments/rheumatology": ("directory.department", here.pk),
        "/glossary/": ("page", None),
        "/nowhere/": ("nowhere", None),
        "/stories/never/": ("stories.story", None),
        "https://example.org/a?b=1&c=2": ("", None),
    }


@pytest.mark.django_db
def test_own_host_written_out_is_one_of_our_pages(settings):
    settings.SITE_URL = "https://portal.example.org"
    row = factories.department()

    factories.news(
        text=text("https://portal.example.org/departments/rheumatology/", "https://portal.example.org.evil.example/")
    )

    assert set(kept().values()) == {("directory.department", row.pk), ("", None)}


@pytest.mark.django_db
def test_saving_again_replaces_the_links_and_deleting_takes_them():
    item = factories.news(text=text("/glossary/"), source_url="https://example.org/first")
    item.text = text("/search/")
    item.source_url = ""
    item.save()
    after_change = kept()

    item.delete()

    assert after_change == {("news.newsitem", "/search/"): ("page", None)}
    assert kept() == {}


@pytest.mark.django_db
def test_every_kind_of_text_is_known_and_history_is_not():
    link = text("/glossary/")
    draft = factories.draft()
    draft.sections.update(body="")
    section = draft.sections.get()
    section.body = link
    section.save()
    factories.story(text=link)
    factories.news(text=link)
    factories.department(text=link)
    factories.clinician(text=link)

    kinds = {kind for kind, url in kept() if url == "/glossary/"}

    assert kinds == {"conditions.section", "stories.story", "news.newsitem", "directory.department", "directory.clinician"}
    assert ("conditions.source", "https://example.org/study") in kept()


@pytest.mark.django_db
def test_links_do_not_change_what_was_signed():
    edition = factories.live("crmo")
    digest = edition.digest()

    link_index.rebuild()

    edition.refresh_from_db()
    assert edition.digest() == digest == edition.signed_digest


@pytest.mark.django_db
def test_renamed_page_is_told_with_its_new_address_and_the_link_works(client):
    row = factories.live("crmo").condition
    factories.news(text=text("/conditions/crmo/#outlook", "/es/conditions/crmo"))

    row.slug = "cno"
    row.save()

    found = {(finding.text, finding.address): finding.words for finding in link_index.renamed_links()}
    assert found == {
        ("News evening", "/conditions/crmo/#outlook"): "renamed: /conditions/cno/",
        ("News evening", "/es/conditions/crmo"): "renamed: /es/conditions/cno/",
    }
    assert link_index.broken_links() == []
    assert client.get("/conditions/crmo/")["Location"] == "/conditions/cno/"


@pytest.mark.django_db
def test_renamed_to_a_longer_or_shorter_slug_is_told():
    row = factories.department("bones")
    factories.news(text=text("/departments/bones/"))
    unchanged = link_index.renamed_links()

    row.slug = "bone"
    row.save()

    assert unchanged == []
    assert [finding.words for finding in link_index.renamed_links()] == ["renamed: /departments/bone/"]


@pytest.mark.django_db
def test_hidden_and_deleted_pages_break_their_links_with_the_reason():
    edition = factories.live("crmo")
    factories.condition("bare")
    factories.department("gone").delete()
    story = factories.story("pool")
    factories.news("target")
    draft = factories.news("draft", status="draft")
    leaving = factories.clinician("leaving")
    addresses = [
        "/conditions/crmo/",
        "/conditions/bare/",
        "/stories/pool/",
        "/news/target/",
        "/news/draft/",
        "/clinicians/leaving/",
        "/clinicians/never/",
        "/no/page/",
    ]
    factories.news("holder", text=text(*addresses))
    before = {finding.address for finding in link_index.broken_links()}

    actions.withdraw(edition=edition, by="test", reason="A new study.")
    story.authorizations.all().update(revoked_on=datetime(2026, 1, 1, tzinfo=UTC).date())
    leaving.delete()

    found = {finding.address: finding.words for finding in link_index.broken_links()}
    assert before == {"/conditions/bare/", "/news/draft/", "/clinicians/never/", "/no/page/"}
    assert found.pop("/conditions/crmo/").endswith(": A new study.")
    assert found == {
        "/conditions/bare/": "It has no published text.",
        "/stories/pool/": "It is published, but visitors cannot see it now.",
        "/news/draft/": "It is a draft.",
        "/clinicians/leaving/": "The page was deleted.",
        "/clinicians/never/": "There is no such page.",
        "/no/page/": "There is no such page.",
    }
    assert link_index.broken().count() == len(found) + 1
    assert draft.pk


@pytest.mark.django_db
def test_page_made_later_mends_its_links():
    factories.news(text=text("/departments/later/"))
    before = len(link_index.broken_links())

    factories.department("later")

    assert before == 1
    assert link_index.broken_links() == []


@pytest.mark.django_db
def test_spanish_link_to_a_page_in_spanish_alone_holds_and_the_english_one_does_not():
    factories.live("crmo", "es")
    factories.news(text=text("/conditions/crmo/", "/es/conditions/crmo/"))

    assert [finding.address for finding in link_index.broken_links()] == ["/conditions/crmo/"]


@pytest.mark.django_db
def test_earlier_versions_are_nobodys_to_mend():
    old = factories.draft(factories.condition("crmo"))
    section = old.sections.get()
    section.body = text("/departments/never/")
    section.save()
    factories.publish(old)
    while_live = [(finding.text, finding.where) for finding in link_index.broken_links()]
    new = actions.start_draft(condition=old.condition, language="en", by="test")
    in_both = len(link_index.broken_links())
    copied = new.sections.get()
    copied.body = "<p>Mended.</p>"
    copied.save()
    factories.publish(new, at=datetime(2026, 2, 1, tzinfo=UTC))

    assert while_live == [(f"{old}: {section}", reverse("admin:conditions_edition_change", args=[old.pk]))]
    assert in_both == 2
    assert link_index.broken_links() == []
    assert Link.objects.filter(url="/departments/never/").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_findings_cost_the_same_whatever_their_number(count):
    for number in range(count):
        edition = factories.draft(factories.condition(f"c{number}"))
        section = edition.sections.get()
        section.body = text(f"/departments/never{number}/", f"/conditions/c{number}/")
        section.save()

    with CaptureQueriesContext(
        connection,
    ) as counted:
        found = link_index.broken_links()

    assert len(found) == 2 * count
    assert len(counted) == 5  # links, why (conditions, withdrawn editions), sections, names


@pytest.mark.django_db
def test_rename_in_the_admin_tells_what_uses_the_old_address(admin_client):
    row = factories.department("bones")
    factories.news(text=text("/departments/bones/"))
    address = reverse("admin:directory_department_change", args=[row.pk])

    page = admin_client.post(address, filled(admin_client.get(address), slug="bone"), follow=True)

    assert "One link uses the old address. Visitors are sent on to the new one." in told(page)


@pytest.mark.django_db
def test_page_that_is_about_to_be_hidden_lists_what_links_to_it(admin_client):
    edition = factories.live("crmo")
    target = factories.news("target")
    factories.news("holder", text=text("/conditions/crmo/", "/news/target/"))

    withdraw = admin_client.get(reverse("admin:conditions_edition_withdraw", args=[edition.pk]))
    unpublish = admin_client.get(reverse("admin:news_newsitem_unpublish", args=[target.pk]))

    for page in (withdraw, unpublish):
        assert "One link leads to this page" in page.content.decode()
        assert "News holder" in page.content.decode()


@pytest.mark.django_db
def test_what_links_here_is_a_page_for_those_who_may_see_the_row(client):
    row = factories.department("bones")
    factories.news("holder", text=text("/departments/bones/"))
    factories.news("other", text=text("/departments/"))
    address = reverse("admin:links_to", args=["directory.department", row.pk])

    client.force_login(factories.staff("sam", "view_department"))
    page = client.get(address)
    client.force_login(factories.staff("nobody"))
    refused = client.get(address)

    assert [finding.text for finding in page.context["findings"]] == ["News holder"]
    assert refused.status_code == 403
    assert client.get(reverse("admin:links_to", args=["auth.user", 1])).status_code == 403
    assert client.get(reverse("admin:links_to", args=["none.such", 1])).status_code == 404


@pytest.mark.django_db
def test_page_of_links_is_for_editors(client):
    factories.news(text=text("/no/page/"))

    client.force_login(factories.staff("sam", "view_link"))
    page = client.get(reverse("admin:links"))
    client.force_login(factories.staff("nobody"))

    assert "/no/page/" in page.content.decode()
    assert client.get(reverse("admin:links")).status_code == 403


@pytest.mark.django_db
def test_pages_are_found_by_search_and_drafts_are_not(client):
    factories.publish(factories.draft(factories.condition("crmo", name="Bone inflammation")))
    factories.draft(factories.condition("secret", name="Bone secret"))
    client.force_login(factories.staff("sam"))
    address = reverse("admin:find_page")

    data = client.get(address, {"q": "bone inflammation", "as": "data"}).json()
    spanish = client.get(address, {"q": "bone inflammation", "as": "data", "language": "es"}).json()
    page = client.get(address, {"q": "bone"}).content.decode()

    assert data == {"pages": [["Bone inflammation", "/conditions/crmo/", "Condition"]]}
    assert spanish["pages"][0][1] == "/es/conditions/crmo/"
    assert "/conditions/crmo/" in page
    assert "secret" not in page


def test_addresses_elsewhere_are_judged_by_their_answer(server, asker):
    found = {path: asker.fault(server.address + path) for path in [*PAGES, "/none"]}

    assert found == {
        "/well": "",
        "/gone": "There is no such page any more (410).",
        "/no-head": "",
        "/closed": "",
        "/broken": "The server answers with a fault (500).",
        "/moved": "",
        "/round": "It redirects more than 5 times.",
        "/inside": "It leads into a private network. It was not asked.",
        "/mail": "It leads to “mailto:pat@example.org”, which is no web page.",
        "/file": "It leads to “file:///etc/passwd”, which is no web page.",
        "/none": "There is no such page any more (404).",
    }


def test_asking_is_small_and_says_who_asks(server, asker, settings):
    settings.SITE_NAME, settings.SITE_URL = "Children’s Center", "https://portal.example.org"

    asker.fault(f"{server.address}/well")
    asker.fault(f"{server.address}/no-head")

    assert [(method, path) for method, path, _ in server.asked] == [
        ("HEAD", "/well"),
        ("HEAD", "/no-head"),
        ("GET", "/no-head"),
    ]
    for _, _, headers in server.asked:
        assert headers["User-Agent"] == "Childrens Center link check (+https://portal.example.org)"
        assert headers["Range"] == "bytes=0-0"
        assert "Cookie" not in headers


def test_one_host_is_asked_with_pauses(server):
    asker = AddressChecker(reachable=lambda address: True, pause=0.2)
    start = datetime.now(UTC)

    asker.fault(f"{server.address}/well")
    asker.fault(f"{server.address}/moved")

    assert datetime.now(UTC) - start >= timedelta(seconds=0.4)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "http://localhost:1/",
        "http://[::1]:1/",
        "http://10.1.2.3/",
        "http://192.168.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0.0.0.0/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[2002:7f00:1::]/",
        "http://2130706433/",
        "http://0x7f.1/",
    ],
)
def test_own_network_is_never_asked(url):
    assert AddressChecker(pause=0).fault(url) == "It leads into a private network. It was not asked."


@pytest.mark.parametrize("url", ["http://", "http://[bad", "https://\n/", "http://exa mple/", "http://127.0.0.1:99999/"])
def test_address_that_cannot_be_read_is_a_fault(url):
    assert AddressChecker(pause=0).fault(url)


@pytest.mark.django_db
def test_command_asks_no_others_unless_it_is_switched_on_and_ends_well(capsys):
    factories.news(text=text("https://example.org/", "/no/page/"))

    call_command("check_links")

    assert capsys.readouterr().out == (
        "Our own pages: 1 broken links.\nAddresses of others are not asked. Set CHECK_OUTSIDE_LINKS=True to ask them.\n"
    )
    assert OutsideAddress.objects.get().checked_at is None


@pytest.mark.django_db
def test_command_reports_after_two_days_and_forgets_what_is_mended(settings, server, asker, monkeypatch):
    settings.CHECK_OUTSIDE_LINKS = True
    monkeypatch.setattr(Command, "checker", asker)
    items = [factories.news(slug, source_url=f"{server.address}/{slug}") for slug in ("broken", "well")]
    reported = []

    with time_machine.travel(datetime(2026, 11, 23, 15, tzinfo=UTC), tick=False) as clock:
        for _day in range(3):
            call_command("check_links")
            call_command("check_links")
            reported.append([(finding.text, finding.address) for finding in link_index.outside_faults()])
            clock.shift(timedelta(days=1))
    asked = [path for method, path, _ in server.asked if method == "HEAD"]
    for item in items:
        item.source_url = ""
        item.save()
    call_command("check_links")

    assert reported[0] == []
    assert reported[1] == reported[2] == [("News broken", f"{server.address}/broken")]
    assert sorted(asked) == ["/broken", "/broken", "/broken", "/well"]
    assert OutsideAddress.objects.count() == 0


@pytest.mark.django_db
def test_address_that_answers_again_is_no_longer_reported():
    row = OutsideAddress.objects.create(url="https://example.org/")
    with time_machine.travel(datetime(2026, 11, 23, 15, tzinfo=UTC), tick=False) as clock:
        row.keep_check("Gone.")
        clock.shift(timedelta(days=1))
        row.keep_check("Gone.")
        before = OutsideAddress.objects.reported().count()
        row.keep_check("")
        week = OutsideAddress.objects.due(datetime(2026, 11, 30, 15, tzinfo=UTC)).count()
        later = OutsideAddress.objects.due(datetime(2026, 12, 1, 15, tzinfo=UTC)).count()

    assert (before, OutsideAddress.objects.reported().count()) == (1, 0)
    assert (week, later) == (0, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_list_of_outside_addresses_names_their_texts(admin_client, count):
    for number in range(count):
        factories.news(f"item{number}", text=text(f"https://example.org/{number}"))
    link_index.collect_outside()
    admin_client.get(reverse("admin:links_outsideaddress_changelist"))

    with CaptureQueriesContext(connection) as counted:
        page = admin_client.get(reverse("admin:links_outsideaddress_changelist"))

    assert page.content.decode().count("News item") == count
    assert len([query for query in counted if "links_" in query["sql"] or "news_" in query["sql"]]) == 5


@pytest.mark.django_db
def test_address_set_aside_is_not_reported(admin_client):
    now = datetime(2026, 11, 23, tzinfo=UTC)
    factories.news(text=text("https://example.org/"))
    row = OutsideAddress.objects.create(
        url="https://example.org/", fault="Gone.", failing_since=now, checked_at=now + timedelta(days=1)
    )
    before = link_index.outside_faults()
    address = reverse("admin:links_outsideaddress_change", args=[row.pk])

    admin_client.post(address, {"ignored": "on"})

    assert [finding.words for finding in before] == ["Gone."]
    assert link_index.outside_faults() == []


@pytest.mark.parametrize("count", [1, 30])
def test_saving_a_page_does_not_look_at_every_link_that_leads_nowhere(db, count, django_assert_num_queries):
    item = factories.news("item")
    paragraphs = "".join(text(f"/news/unknown-{number}/") for number in range(count))
    factories.news("other", text=paragraphs)

    with CaptureQueriesContext(connection) as captured:
        item.save()

    assert len(captured) <= 15


def test_link_written_before_its_page_leads_there_once_the_page_is_made(db):
    factories.news("other", text=text("/news/coming/"))
    before = Link.objects.get(url="/news/coming/").target_id

    item = factories.news("coming")

    assert (before, Link.objects.get(url="/news/coming/").target_id) == (None, item.pk)
