"""The inputs handed over with step 5, each as it was written down and under the name it has there.

`paste-gdocs`, `paste-cells`, `paste-sup` and `paste-tracked` in a browser's own editor: `tests/browser/test_pasting.py`,
`test_paste_into_the_editor_keeps_the_meaning`, which holds the same four inputs. Here they go through `clean()`.
"""

import re
from html import unescape
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from PIL import Image

from appointments.models import OfferedTime, Request
from directory.models import Department
from foundation.pictures.models import LibraryPicture
from foundation.prose.text import clean
from news.models import NewsItem
from tests import clients, factories
from tests.admin_forms import filled
from tests.outbox import deliver_one

pytestmark = pytest.mark.django_db

YOU = {"asker": "parent", "name": "Pat Sample", "confirm": "on"}
CHILD = {"name": "Liam Sample", "born_month": "4", "born_day": "23", "born_year": "2015"}
VISIT = {"visit": "new", "mode": "in-person", "interpreter": "no"}
CONTACT = {"phone": "212 555 0177", "how": "call", "message": "yes"}


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to("2026-06-01 13:30Z", tick=False)
    return time_machine


@pytest.fixture
def department():
    return factories.department()


@pytest.fixture
def ask(clock, department):
    """Fills in and sends the form as a family; what it read last."""

    def asked(**steps):
        browser = clients.Client()
        for step, answers in ({"you": YOU, "child": CHILD, "visit": VISIT, "contact": CONTACT, "times": {}} | steps).items():
            browser.post(f"/appointments/request/{step}/", answers)
        clock.shift(60)
        check = browser.get("/appointments/request/check/")
        sent = browser.post("/appointments/request/check/", {}, follow=True)
        clock.shift(-60)
        return check, sent

    return asked


def news_form(admin, **changes):
    address = reverse("admin:news_newsitem_add")
    return admin.post(address, filled(admin.get(address), **changes))


# --- addresses, names and numbers of families


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("ana@example.com\u202c", id="mail-lrm"),
        pytest.param("ana@example.com\u200e", id="mail-lrm-2"),
        pytest.param("an\u200ba@example.com", id="mail-zwsp-inside"),
        pytest.param("\u202aana@example.com", id="mail-zwsp-inside-2"),
    ],
)
def test_address_with_unseen_marks_is_written_to(ask, clock, typed):
    ask(contact=CONTACT | {"email": typed})
    clock.shift(60)
    while deliver_one():
        pass

    assert Request.objects.get().email == "ana@example.com"
    assert [letter.to for letter in mail.outbox] == [["ana@example.com"]]


def test_inbox_with_an_unseen_mark(tmp_path):  # mail-lrm-inbox
    factories.department()
    file = tmp_path / "departments.csv"
    file.write_text("slug,inbox\nrheumatology,coord@example.org\u200e\n", encoding="utf-8")

    call_command("import_csv", "departments", file, do=True)

    assert Department.objects.get().inbox == "coord@example.org"


@pytest.mark.parametrize("name", ["\u200b", "\u3164"])
def test_name_of_nothing(client, department, name):  # name-blank
    client.post("/appointments/request/you/", YOU)
    sent = client.post("/appointments/request/child/", CHILD | {"name": name})
    page = client.get(sent["Location"])

    assert sent["Location"].startswith("/appointments/request/child/")
    assert "There is a problem" in page.text
    assert Request.objects.count() == 0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(
            {"child": CHILD | {"name": "Liam O'Brien"}, "contact": CONTACT | {"email": "ana@example.com"}},
            {"child": CHILD | {"name": "Liam O\u2019Brien"}, "contact": CONTACT | {"email": "ana@example.com"}},
            id="twin-apostrophe",
        ),
        pytest.param({}, {"contact": CONTACT | {"phone": "212 555 0177 ext 4"}}, id="twin-ext"),
    ],
)
def test_second_request_is_answered_as_any_and_staff_see_the_first(ask, department, first, second):
    read = [ask(**first)[1], ask(**second)[1]]
    one, other = Request.objects.order_by("pk")
    staff = clients.Client()
    staff.force_login(factories.coordinator("cora", department))

    told = [re.sub(r"[2-9A-Z]{4}-[2-9A-Z]{4}|/r/[\w-]+|value=\"[^\"]*\"", "", page.text) for page in read]
    assert told[0] == told[1]
    assert one.phone_index == other.phone_index
    assert one.reference in staff.get(reverse("admin:appointments_request_change", args=[other.pk])).text


@pytest.mark.parametrize("typed", ["ana@mac.com", "ana@yahoo.ca", "ana@ge.com", "ana@email.com"])
def test_real_address_is_not_doubted(ask, typed):  # doubt
    check = ask(contact=CONTACT | {"email": typed})[0]

    assert typed in check.text
    assert "Or is it" not in check.text


@pytest.mark.parametrize("state", ["VI", "GU", "AS", "MP"])
def test_territory_is_listed(client, state):  # states
    factories.department(virtual=True, licensed_states=f"NY, {state}")
    client.post("/appointments/request/you/", YOU)
    client.post("/appointments/request/child/", CHILD)

    assert f'value="{state}"' in client.get("/appointments/request/visit/").text


def test_what_is_no_state_is_not_licensed(admin_client):  # states
    address = reverse("admin:directory_clinician_change", args=[factories.clinician(licensed_states="NY").pk])

    page = admin_client.post(address, filled(admin_client.get(address), **{"licenses-0-state": "NU"}))

    assert "“NU” is no state" in page.text


def test_two_numbers_in_one_box(client):  # tel-two
    factories.department(phone="1-877-606-1555 (1-877-HSS-1555)")

    page = client.get("/departments/rheumatology/").text

    assert set(re.findall(r'"tel:([^"]+)"[^>]*>1-877', page)) == {"+18776061555"}


@pytest.mark.parametrize("day", ["9999-12-31", "2206-03-09"])
def test_offer_in_a_far_year(client, department, day):  # time-year
    department.locations.add(place := factories.location())
    person = factories.clinician()
    person.departments.add(department)
    row = factories.request()
    client.force_login(factories.coordinator("cora", department))
    typed = {"clinician": person.pk, "where": f"place-{place.pk}", "day": day, "time": "10:00", "minutes": "60"}
    management = {"seen": row.version, "time-TOTAL_FORMS": "1", "time-INITIAL_FORMS": "0"}

    page = client.post(
        reverse("admin:appointments_request_offer", args=[row.pk]),
        management | {f"time-0-{name}": value for name, value in typed.items()},
    )

    assert page.status_code == 200
    assert page.context["form"].times.errors[0].keys() == {"day"}
    assert OfferedTime.objects.count() == 0


# --- texts


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        pytest.param(
            "<table><tr><td>Age</td><td>2</td><td>50 mg</td></tr></table>",
            "<table><tr><td>Age</td><td>2</td><td>50 mg</td></tr></table>",
            id="paste-cells",
        ),
        pytest.param("<div>First</div><div>Second</div>", "<p>First</p><p>Second</p>", id="file-blocks"),
        pytest.param("<dl><dt>A</dt><dd>B</dd></dl>", "<p>A</p><p>B</p>", id="file-blocks-2"),
        pytest.param("<h1>A</h1><h2>B</h2>", "<h3>A</h3><h3>B</h3>", id="file-blocks-3"),
        pytest.param("450 x 10<sup>9</sup>/L", "<p>450 x 10\u2079/L</p>", id="paste-sup"),
        pytest.param("Give <del>50</del><ins>5</ins> mg", "<p>Give 5 mg</p>", id="paste-tracked"),
        pytest.param(
            "<b style='font-weight:normal'><p><span style='font-weight:400'>Plain and </span>"
            "<span style='font-weight:700'>bold</span></p></b>",
            "<p>Plain and <strong>bold</strong></p>",
            id="paste-gdocs",
        ),
        pytest.param(
            "<p><a href='http://www.example.org'>a</a> <a href='www.example.org'>b</a></p>",
            '<p>a <a href="https://www.example.org">b</a></p>',
            id="link-http",
        ),
    ],
)
def test_text_keeps_its_meaning(html, kept):
    assert clean(html) == kept


def test_dropped_address_is_named(admin_client):  # link-http
    text = '<p><a href="http://example.org/leaflet">Leaflet</a></p>'

    page = news_form(admin_client, title="A", slug="a", summary="In short.", text=text, _continue="1")

    told = [str(message) for message in admin_client.get(page["Location"]).context["messages"]]
    assert any("http://example.org/leaflet" in words for words in told)


@pytest.mark.parametrize("text", ["<p>&nbsp;</p>", "<p>\u200b</p>"])
def test_text_of_nothing(admin_client, text):  # empty-nbsp
    draft = factories.draft()
    address = reverse("admin:conditions_edition_change", args=[draft.pk])

    item = news_form(admin_client, title="A", slug="a", summary="In short.", text=text)
    edition = admin_client.post(address, filled(admin_client.get(address), **{"sections-0-body": text}))

    assert (item.status_code, edition.status_code) == (200, 200)
    assert NewsItem.objects.count() == 0
    assert draft.sections.get().body == "<p>Text on overview of crmo.</p>"


def test_term_beside_a_dotted_letter(client):  # term-dotless
    factories.term("mri", term="MRI", definition="A picture.")
    edition = factories.draft()
    edition.sections.update(body="<p>A whole-body MR\u0130 is next.</p>")
    factories.publish(edition)

    page = client.get("/conditions/crmo/")

    assert page.status_code == 200
    assert "MR\u0130" in page.text


def test_title_with_a_control_character(client, admin_client):  # feed-vt
    live = {"status": "published", "publish_at_0": "2026-01-02", "publish_at_1": "10:00"}
    news_form(admin_client, title="Family\x0bevening", slug="a", summary="In short.", text="<p>B</p>", **live)
    factories.news("old", title="Family\x0bevening")

    page = client.get("/news/feed/")

    assert page.status_code == 200
    assert "Family evening" in {title.text for title in ET.fromstring(page.content).iter() if title.tag.endswith("title")}


def test_tall_picture(admin_client):  # pic-tall
    out = BytesIO()
    Image.new("L", (900, 17_000)).save(out, "PNG")
    address = reverse("admin:pictures_librarypicture_add")
    tall = SimpleUploadedFile("tall.png", out.getvalue(), "image/png")

    page = admin_client.post(address, filled(admin_client.get(address), upload=tall, alt="A tall picture"))

    assert page.status_code == 302
    assert (LibraryPicture.objects.get().width, LibraryPicture.objects.get().height) == (780, 14_733)


def test_heading_copied_into_the_search(client):  # shy-copy
    factories.department(name="Pediatric rheumatology")
    factories.publish(factories.draft(factories.condition("jia", "Juvenile idiopathic arthritis")))
    page = client.get("/departments/rheumatology/").text
    heading = unescape(re.sub(r"<[^>]*>", "", re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)[1])).strip()

    copied, plain = (client.get("/search/", {"q": words}).text for words in (heading, "Pediatric rheumatology"))

    assert heading.replace("\u00ad", "") == "Pediatric rheumatology"
    assert "/departments/rheumatology/" in copied
    assert copied.replace("\u00ad", "") == plain.replace("\u00ad", "")


@pytest.mark.parametrize(
    "address",
    [
        "audit/record/?since=99999-01-01&before=99999999999999999999",
        "links/outsideaddress/?failing_since__year=10000",
        "appointments/request/?received_at__year=0",
        "conditions/edition/?publish_at__year=10000",
        "conditions/edition/?id__exact=99999999999999999999",
    ],
)
def test_list_filtered_by_a_day_beyond_every_calendar(admin_client, address):
    response = admin_client.get(f"/admin/{address}", follow=True)

    assert response.status_code == 200
    assert b"changelist" in response.content or b"Who did what" in response.content
