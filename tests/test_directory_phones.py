"""Phone numbers as people write them: dialed right, compared right, never joined; states that are none are named."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse

from directory.models import Department, Location
from directory.states import STATES, check_state
from foundation.prose.phones import check_dialable, check_phone, compared, tel
from foundation.search.actions import ask
from portal.transfer.csv_import import SHEETS, carry_out, make_plan
from tests import factories
from tests.admin_forms import filled

WRITTEN = [
    ("1-877-606-1555 (1-877-HSS-1555)", "+18776061555"),
    ("1-877-HSS-1555", "+18774771555"),
    ("800-FLOWERS", "+18003569377"),
    ("1-800-FLOWERS", "+18003569377"),
    ("1 800 FLOWERS", "+18003569377"),
    ("1-800-GO-FEDEX", "+18004633339"),
    ("1-800-CONTACTS", "+18002668228"),
    ("(877) HSS 1555", "+18774771555"),
    ("(212) KID-CARE", "+12125432273"),
    ("212 555 0142", "+12125550142"),
    ("(212) 555-0177 or (212) 555-0178", "+12125550177"),
    ("212 555 0142 option 2", "+12125550142,2"),
    ("212 555 0142, press 2, then 1", "+12125550142,2,1"),
    ("212 555 0142 ext 4", "+12125550142;ext=4"),
    ("212 555 0142x4", "+12125550142;ext=4"),
    ("212 555 0142 #4", "+12125550142;ext=4"),
    ("212 555 0142,4", "+12125550142;ext=4"),
    ("212 555 0142, 8 am to 5 pm", "+12125550142"),
    ("212 555 0142, 24 hours a day", "+12125550142"),
    ("212 555 0142, 7 días", "+12125550142"),
    ("212 555 0142, 4, option 2", "+12125550142;ext=4,2"),
    ("212 555 0142 ext. 4", "+12125550142;ext=4"),
    ("212 555 0142 extensión 4", "+12125550142;ext=4"),
    ("212 555 0142 (ext. 4)", "+12125550142;ext=4"),
    ("212 555 0142 Ext: 4, option 2", "+12125550142;ext=4,2"),
    ("212-555-0142;ext=77", "+12125550142;ext=77"),
    ("call or text 988", "988"),
    ("911", "911"),
    ("988 whenever you need", "988"),
    ("911 or 212 555 0142", "911"),
    ("212 555 0142, or 911", "+12125550142"),
    ("+52 55 1234 5678", "+525512345678"),
    ("+1 (212) 555‑0177", "+12125550177"),
    ("+1 212 555 0177", "+12125550177"),
    ("+12125550177", "+12125550177"),
    ("011 52 55 1234 5678", "+525512345678"),
    ("+44 (0)20 7946 0018", "+442079460018"),
    ("２１２ ５５５ ０１７７", "+12125550177"),
    ("٢١٢ ٥٥٥ ٠١٧٧", "+12125550177"),
    ("212 555 0177 or 646 555 0100", "+12125550177"),
    ("212 555 0177, 646 555 0100", "+12125550177"),
    ("212 555 0177 646 555 0100", "+12125550177"),
    ("212-555-0177/646-555-0100", "+12125550177"),
    ("212/555-0142", "+12125550142"),
    ("555-0142", "5550142"),
    ("Text HOME to 741741", "741741"),
    ("call 211", "211"),
    ("", ""),
    ("Call us", ""),
    ("Suite 300, 212 555 0142", "+12125550142"),
    ("Suite 411, 212 555 0142", "+12125550142"),
    ("212.555.0142", "+12125550142"),
    ("2125550142", "+12125550142"),
    ("12125550142", "+12125550142"),
    ("55 1234 5678", "5512345678"),
    ("+49 30 901820", "+4930901820"),
    ("+1 787 555 0142 x 12", "+17875550142;ext=12"),
    ("1-877-606-1555", "+18776061555"),
    ("+1-800-FLOWERS", "+18003569377"),
    ("Ana 212 555 0142", "+12125550142"),
    ("+1 877 HSS 1555", "+18774771555"),
    ("+52 1 55 1234 5678", "+5215512345678"),
    ("(212)555-0142", "+12125550142"),
    ("212 555 0142 opción 3", "+12125550142,3"),
    ("212 555 0142 Extension 4 or 5", "+12125550142;ext=4"),
    ("1 (800) 555-KIDS", "+18005555437"),
    ("1-800-555-KIDS", "+18005555437"),
    ("212-555-KIDS", "+12125555437"),
    ("212-555-O142", "+12125550142"),
    ("(2l2) 555 oI42", "+12125550142"),
    ("1-800-OIL-5555", "+18006455555"),
    ("800 555 KIDS", "+18005555437"),
    ("call 1-800-273-TALK (8255)", "+18002738255"),
    ("212 555 0142 (main), 212 555 0143 (nights)", "+12125550142"),
    ("1234567890123456789", ""),
    ("+5255123456782125550177", ""),
]


def test_first_full_number_is_dialed():
    assert [(written, tel(written)) for written, _dialed in WRITTEN] == WRITTEN


@pytest.mark.parametrize(
    "other",
    [
        "212 555 0177 ext 4",
        "212-555-0177x4",
        "(212) 555-0177 #4",
        "212.555.0177,4",
        "+1 212 555 0177 ext. 4",
        "1-212-555-0177 extensi\u00f3n 4",
        "212\u00a0555\u20110177",
        "\u202d212 555 0177\u202c",
        "\uff12\uff11\uff12 \uff15\uff15\uff15 \uff10\uff11\uff17\uff17",
        "\u0662\u0661\u0662 \u0665\u0665\u0665 \u0660\u0661\u0667\u0667",
        "212 555 0177 or 646 555 0100",
        "call 212 555 0177, option 2",
    ],
)
def test_same_number_is_one_however_it_is_written(other):
    assert compared(other) == compared("212 555 0177") == "2125550177"


def test_another_number_is_another():
    assert compared("212 555 0178") != compared("212 555 0177")
    assert compared("1-877-HSS-1555") == compared("877 477 1555")
    assert compared("call us") == ""


@pytest.mark.parametrize("written", ["12", "911", "call me", "212 555", "", "1234567890123456789"])
def test_what_reaches_nobody_is_refused(written):
    with pytest.raises(ValidationError):
        check_phone(written)


@pytest.mark.parametrize("written", ["+52 55 1234 5678", "555 0142", "212 555 0177 or 646 555 0100", "1-800-FLOWERS"])
def test_what_reaches_somebody_is_taken(written):
    check_phone(written)


@pytest.mark.parametrize("written", ["call the desk", "ext 4", "–"])
def test_department_phone_that_cannot_be_dialed_is_refused_in_words(written):
    with pytest.raises(ValidationError, match="holds no number that a phone could dial"):
        check_dialable(written)


@pytest.mark.django_db
def test_department_page_dials_the_first_number_and_shows_what_was_written(client):
    factories.department("bones", phone="1-877-606-1555 (1-877-HSS-1555)")

    page = client.get("/departments/bones/").text

    assert '<a href="tel:+18776061555">1-877-606-1555 (1-877-HSS-1555)</a>' in page


def faults(content, sheet="departments"):
    return [fault for row in make_plan(SHEETS[sheet], content.encode()).rows for fault in row.faults]


HEAD = "name,kind,summary,phone,inbox\n"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ("the desk,", "phone: “the desk” holds no number that a phone could dial. Write it like 212 555 0142 ext. 4."),
        (
            "212 555 0101,jos\u00e9@example.org",
            "inbox: We cannot send email to an address with letters like é or ñ. Enter another address.",
        ),
        ('212 555 0101,"one@example.org, two@example.org"', "inbox: Enter one email address only"),
    ],
)
def test_spreadsheet_says_what_is_wrong(cells, fault):
    assert faults(HEAD + f"Bones,department,In short.,{cells}\n") == [fault]


@pytest.mark.django_db
def test_spreadsheet_is_taken_without_what_nobody_sees():
    kind = SHEETS["departments"]
    content = HEAD + (
        'Bo\u00adnes\u200b,department,In short.,\u202d212\u00a0555\u20110101\u202c,"Desk <coord@example.org>\u200e"\n'
    )

    carry_out(kind, content.encode(), by=factories.administrator(), digest=make_plan(kind, content.encode()).digest)

    row = Department.objects.get()
    assert (row.name, row.phone, row.inbox) == ("Bones", "212 555-0101", "coord@example.org")


@pytest.mark.django_db
def test_admin_takes_an_address_with_marks(admin_client):
    row = factories.department("bones", inbox="old@example.org")
    address = reverse("admin:directory_department_change", args=[row.pk])

    admin_client.post(address, filled(admin_client.get(address), inbox="coord@example.org\u200e"))

    row.refresh_from_db()
    assert row.inbox == "coord@example.org"


LICENSES = "name,credentials,role,departments,licenses\nKim Sample,MD,Pediatric rheumatologist,bones,"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("NU", "licenses: “NU” is no state. Write two capital letters, like NY."),
        ("ny 2028-06-30", "licenses: “ny” is no state. Write two capital letters, like NY."),
        ("NY; NY", "licenses: names a state twice"),
        ("NY soon", "licenses: write the day like 2026-03-09 or 3/9/2026"),
    ],
)
def test_spreadsheet_of_clinicians_says_what_is_wrong_with_licenses(cell, fault):
    factories.department("bones")

    assert faults(f"{LICENSES}{cell}\n", "clinicians") == [fault]


@pytest.mark.django_db
def test_states_of_a_department_are_those_of_its_clinicians_while_the_licenses_hold():
    department, kind = factories.department("bones", virtual=True), SHEETS["clinicians"]
    content = f"{LICENSES}VI 6/30/2028; NY compact 2028-06-30; NJ\n".encode()

    for _twice in range(2):
        plan = make_plan(kind, content)
        if plan.works:
            carry_out(kind, content, by=factories.administrator(), digest=plan.digest)

    assert [row.state for row in plan.rows] == ["unchanged"]
    with time_machine.travel(datetime(2028, 6, 30, 12, tzinfo=UTC)):
        assert Department.objects.get().states == ["NJ", "NY", "VI"]
    with time_machine.travel(datetime(2028, 7, 1, 12, tzinfo=UTC)):
        assert Department.objects.get().states == ["NJ"]
    assert [hit.page.url for hit in ask("New Jersey", "en").hits] == [department.get_absolute_url()]


def test_states_are_complete():
    territories, military = {"PR", "VI", "GU", "AS", "MP"}, {"AA", "AE", "AP"}

    assert len(STATES) == 51 + len(territories) + len(military)
    assert territories | military | {"DC"} <= set(STATES)
    for state in STATES:
        check_state(state)


@pytest.mark.parametrize("state", ["NU", "ZZ", "ny"])
def test_place_is_in_a_state(state):
    place = Location(slug="a", name="A", street="1 A", city="A", state=state, postal_code="1", time_zone="America/New_York")

    with pytest.raises(ValidationError, match="is no state"):
        place.full_clean(validate_unique=False)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["answers_within", "offers_hold"])
def test_promise_is_one_that_a_calendar_holds(admin_client, name):
    address = reverse("admin:directory_department_change", args=[factories.department("bones").pk])

    response = admin_client.post(address, filled(admin_client.get(address), **{name: "99999999999"}))

    assert list(response.context["adminform"].form.errors) == [name]
