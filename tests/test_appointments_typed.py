"""What families and staff type and paste: addresses, names, numbers and dates, cleaned, compared and written to."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse

from appointments import calendar_file, time_text
from appointments.actions import receive
from appointments.actions.booking import Slot, hold, lock_for_booking
from appointments.actions.receive import index_email, index_phone
from appointments.admin.queue import search_for
from appointments.admin.verbs import Merge
from appointments.forms import Child, Contact, Times, Visit, You, likely_meant
from appointments.forms.fields import day_number, month_number
from appointments.forms.private_page import LostLink
from appointments.models import OfferedTime, Request
from appointments.views.private_actions import WriteToUs
from directory.states import STATES
from foundation.outbox.models import Message
from foundation.prose.addresses import check_email, email
from foundation.workflow import Refused
from tests import factories
from tests.admin_forms import filled
from tests.outbox import deliver_one

CONTACT = {"how": ["email"], "message": [""]}


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to("2026-06-01 16:00Z", tick=False)


def errors(form):
    return {name: list(found) for name, found in form.errors.items()}


def deliver():
    while deliver_one():
        pass
    return [address for letter in mail.outbox for address in letter.to]


PASTED = [
    "ana@example.com\u202c",
    "ana@example.com\u200e",
    "an\u200ba@example.com",
    "\u202aana@example.com",
    "ana@exam\u2060ple\u200f.com",
    "\u2066ana@example.com\u2069\ufeff",
    "\u00a0ana@example.com\u3000",
    "ana@example.com.",
    "ana@example.com;",
    "<ana@example.com>",
    "Ana Sample <ana@example.com>",
    "mailto:ana@example.com?subject=Visit",
    "MAILTO:ana@example.com",
    "ana @ example.com",
    "ana\uff20example\uff0ecom",
    "ana@example\u3002com",
]


@pytest.mark.django_db
@pytest.mark.parametrize("typed", PASTED)
def test_pasted_address_is_stored_clean_and_written_to(typed):
    form = Contact(CONTACT | {"email": [typed]})

    assert errors(form) == {}
    row = factories.request(email=form.columns()["email"])

    assert Request.objects.get(pk=row.pk).email == "ana@example.com"
    assert deliver() == ["ana@example.com"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("josé@example.com", "We cannot send email to an address with letters like é or ñ. Enter another address."),
        ("ana@stra\u00dfe.example", "We cannot send email to an address with letters like é or ñ. Enter another address."),
        (
            "ana@" + "ü" * 70 + ".example",
            "We cannot send email to an address with letters like é or ñ. Enter another address.",
        ),
        ("ana@example.com, ben@example.com", "Enter one email address only"),
        ("ana@example", "Enter an email address in the correct format, like name@example.com"),
        ('"ana b"@example.com', "Enter an email address in the correct format, like name@example.com"),
        ("=?utf-8?q?ana?=@example.com", "Enter an email address in the correct format, like name@example.com"),
    ],
)
def test_address_that_no_mail_reaches_is_refused_in_words(typed, words):
    assert errors(Contact(CONTACT | {"email": [typed]})) == {"email": [words]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed",
    [
        "ana@bücher.example",
        "ana@例え.テスト",
        "ana@مثال.إختبار",
        "ana@e\u0301cole.example",
        "o\u2019brien@example.com",
        "a.b+c@x-y.example",
    ],
)
def test_whatever_is_taken_is_composed_and_sent(typed):
    address = email(typed)
    check_email(address)
    factories.request(email=address)

    deliver()

    assert Message.objects.get(kind="received").status == "sent"
    assert mail.outbox[0].message()["To"].isascii()


@pytest.mark.django_db
def test_address_stored_before_it_was_cleaned_is_written_to_clean():
    row = factories.request()
    row.email = "ana@example.com\u202c"
    row.save()

    assert "ana@example.com" in deliver()


@pytest.mark.django_db
def test_stored_address_that_no_mail_reaches_is_given_up_within_hours(time_machine):
    factories.request(email="josé@example.com")

    deliver()
    time_machine.shift(timedelta(hours=2))
    deliver()

    message = Message.objects.get(kind="received")
    assert message.status == "failed"
    assert message.last_fault.startswith("SMTPRecipientsRefused")


@pytest.mark.django_db
def test_inbox_with_a_mark_is_written_to():
    factories.request(department=factories.department("bones", inbox="coord@example.org\u200e"))

    assert "coord@example.org" in deliver()


def test_lost_link_is_found_however_reference_and_address_were_pasted():
    form = LostLink({"reference": ["\u202ak7m4 \u2013 qxp2\u202c"], "email": ["Pat <PAT@example.org>\u200e"]})

    assert errors(form) == {}
    assert form.cleaned_data["reference"] == "K7M4-QXP2"
    assert index_email(form.cleaned_data["email"]) == index_email("pat@example.org")


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u3164", "\u2800", "\u00a0\u202e\u202c", "\u00ad\u034f", "\ufe0f\u200d", "\u17b4\U000e0101"]
)
def test_name_of_unseen_letters_is_empty(unseen):
    child = Child({"name": [unseen], "born_month": ["4"], "born_day": ["23"], "born_year": ["2015"]})

    assert errors(child) == {"name": ["Enter your child’s name"]}
    assert errors(You({"asker": ["patient"], "name": [unseen]})) == {"name": ["Enter your name"]}
    assert errors(WriteToUs({"words": [unseen]})) == {"words": ["Enter what you want to tell us"]}


def test_name_of_another_script_keeps_its_joiners():
    form = You({"asker": ["patient"], "name": ["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"]})

    assert errors(form) == {}
    assert form.columns()["asker_name"] == "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"


TWINS = [
    ("Liam O'Brien", "Liam O\u2019Brien"),
    ("Liam O'Brien", "Liam O\u02bcBrien"),
    ("José Núñez", "Jose\u0301 Nu\u0301n\u0303ez"),
    ("Ana-María Sample", "Ana\u2011Mar\u00eda Sample"),
    ("Ana Sample", "ANA\u00a0\u200bSample"),
    ("Ana Sample", "\uff21na Sample\u202c"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("one", "other"), TWINS)
def test_one_child_is_one_however_its_name_is_written(one, other):
    first = factories.request(child_name=one)
    second = factories.request("b" * 64, child_name=other)
    stranger = factories.request("c" * 64, child_name="Somebody Else")
    form = Merge(request=SimpleNamespace(user=factories.administrator()), obj=first)

    said = [str(label) for value, label in form.fields["into"].choices if value]

    assert set(lock_for_booking(first, [])) == {first.pk, second.pk}
    assert [words.rpartition(", ")[2] for words in said] == ["same child", "another child"]
    assert stranger.reference in said[1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other",
    ["212 555 0177 ext 4", "(212) 555-0177 x4", "212\u2011555\u20110177,4", "٢١٢ ٥٥٥ ٠١٧٧", "212 555 0177 or 646 555 0100"],
)
def test_family_is_found_by_its_number_and_the_extension_stays(other):
    form = Contact({"how": ["call"], "message": ["no"], "phone": [other]})
    assert errors(form) == {}
    row = receive(draft_key="a" * 64, fields=factories.asked(email="", phone=form.columns()["phone"]))
    elsewhere = factories.request("b" * 64, email="", phone="212 555 0178")

    assert row.phone_index == index_phone("212 555 0177") != elsewhere.phone_index
    assert list(Request.objects.filter(search_for("+1 212 555 0177 ext. 9"))) == [row]
    assert row.phone.replace("\u2011", "-") == form.columns()["phone"]
    assert ("4" in row.phone) == ("4" in other)


def test_two_numbers_without_a_word_between_them_are_never_one():
    words = "Enter one phone number, like 212 555 0123. If you give two, write “or” between them."

    assert errors(Contact({"how": ["call"], "message": ["no"], "phone": ["55 1234 5678 55 8765 4321"]})) == {"phone": [words]}


def test_staff_find_a_reference_and_an_address_as_pasted():
    assert search_for("\u202ak7m4\u2011qxp2\u202c") == Q(reference="K7M4-QXP2")
    assert search_for("Pat <pat@example.org>\u200e") == Q(email_index=index_email("pat@example.org"))


@pytest.mark.parametrize(
    ("month", "day", "year"),
    [
        ("４", "２３", "２０１５"),
        ("٤", "٢٣", "٢٠١٥"),
        ("4\u00a0", "23\u200e", "2015 "),
        ("\u202a04\u202c", "23", "\ufeff2015"),
        ("Ábril", "23.", "2015"),
        ("APRIL", "23rd", "2015"),
        ("abr.", "23º", "2015\u200b"),
    ],
)
def test_date_of_birth_is_understood_as_typed(month, day, year):
    form = Child({"name": ["Kim"], "born_month": [month], "born_day": [day], "born_year": [year]})

    assert errors(form) == {}
    assert form.columns()["child_born"] == "2015-04-23"


@pytest.mark.parametrize(("typed", "number"), [("setiembre", 9), ("Sept.", 9), ("dici\u200bembre", 12), ("agósto", 8)])
def test_month_is_understood_in_other_writings(typed, number):
    assert month_number(typed) == number


@pytest.mark.parametrize("typed", ["x", "²", "1 2", "", "th"])
def test_day_that_is_none_is_refused(typed):
    with pytest.raises(ValueError):
        day_number(typed)


@pytest.mark.parametrize("typed", ["２０２６-07-01", "2026\u201107\u201101", "7/1/2026\u00a0", "\u202a07/01/2026\u202c"])
def test_earliest_day_is_understood_as_typed(typed):
    form = Times({"phone": ["212 555 0199"], "how": ["call"], "message": ["no"], "earliest": [typed]})

    assert errors(form) == {}
    assert form.cleaned_data["earliest"].isoformat() == "2026-07-01"


@pytest.mark.parametrize("year", ["9999", "2206", "0001"])
def test_earliest_day_of_another_age_is_refused(year):
    form = Times({"phone": ["212 555 0199"], "how": ["call"], "message": ["no"], "earliest": [f"{year}-12-31"]})

    assert list(errors(form)) == ["earliest"]


REAL = [
    *(
        "mac.com",
        "me.com",
        "ge.com",
        "email.com",
        "mail.com",
        "ymail.com",
        "live.com",
        "msn.com",
        "aol.com",
        "att.net",
        "hey.com",
    ),
    *(
        "yahoo.ca",
        "yahoo.es",
        "yahoo.fr",
        "yahoo.de",
        "yahoo.in",
        "yahoo.co.uk",
        "yahoo.com.mx",
        "yahoo.com.br",
        "rocketmail.com",
    ),
    *("outlook.es", "outlook.fr", "outlook.com.br", "hotmail.es", "hotmail.fr", "hotmail.ca", "hotmail.co.uk", "live.ca"),
    *("gmx.com", "gmx.net", "gmx.de", "gmx.us", "googlemail.com", "proton.me", "protonmail.ch", "pm.me", "fastmail.fm"),
    *(
        "comcast.com",
        "verizon.com",
        "cox.net",
        "aim.com",
        "cloud.com",
        "ibm.com",
        "gm.com",
        "nyu.edu",
        "example.org",
        "zoho.eu",
    ),
    *(
        "company.co",
        "example.cm",
        "mail.ru",
        "yandex.ru",
        "qq.com",
        "163.com",
        "naver.com",
        "web.de",
        "gmail.com",
        "GMAIL.COM",
    ),
]


def test_real_domain_is_not_doubted():
    assert {domain: likely_meant(f"ana@{domain}") for domain in REAL} == dict.fromkeys(REAL, "")


SLIPS = dict(
    [
        *((slip, "gmail.com") for slip in ("gmial.com", "gamil.com", "gmail.con", "gmai.com", "gmaill.com", "gnail.com", "gmail.co", "gmail.cm", "GMIAL.com", "gmial.con")),
        *((slip, "hotmail.com") for slip in ("hotmial.com", "hotmal.com", "hotmail.cmo", "hormail.com")),
        *((slip, "yahoo.com") for slip in ("yaho.com", "yahooo.com", "yhaoo.com", "yahoo.con", "yaho.con")),
        *((slip, "outlook.com") for slip in ("outlok.com", "outlook.comm", "outloook.com")),
        *((slip, "icloud.com") for slip in ("iclod.com", "icloud.con", "icolud.com")),
        ("aol.con", "aol.com"),
        ("my-school.con", "my-school.com"),
        ("comcast.ent", "comcast.net"),
    ]
)  # fmt: skip


def test_slip_of_a_domain_is_doubted():
    assert {slip: likely_meant(f"Ana@{slip}").removeprefix("Ana@") for slip in SLIPS} == SLIPS


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["VI", "GU", "AS", "MP", "PR", "DC", "AA", "AE", "AP"])
def test_every_state_and_territory_is_listed_and_served(state):
    factories.department(virtual=True, licensed_states=f"NY, {state}")
    form = Visit({"visit": ["new"], "mode": ["virtual"], "interpreter": ["no"], "state": [state]})

    assert errors(form) == {}
    assert f'value="{state}"' in str(form["state"])
    assert str(STATES[state]) in form.video_states


def test_visit_by_video_in_a_territory_names_its_clock():
    said = time_text.full(datetime(2026, 12, 8, 15, tzinfo=UTC), "America/New_York", state="GU")

    assert said.endswith("1:00\u00a0am Guam time")


def slot(starts_at):
    person = factories.clinician()
    return Slot(person, starts_at, starts_at + timedelta(hours=1), "America/New_York")


@pytest.mark.django_db
@pytest.mark.parametrize("year", [2029, 2206, 9998])
def test_nobody_holds_a_time_beyond_two_years(year):
    with pytest.raises(Refused, match="within two years"):
        hold(factories.request(), [slot(datetime(year, 3, 9, 15, tzinfo=UTC))], by="test")


@pytest.mark.django_db
@pytest.mark.parametrize("year", [1, 9999])
def test_calendar_file_of_a_stored_time_at_the_edge_of_years_is_made(year):
    row = factories.request()
    at = datetime(year, 6, 9, 15, tzinfo=UTC)
    time = OfferedTime.objects.create(
        request=row,
        clinician=factories.clinician(),
        starts_at=at,
        ends_at=at + timedelta(hours=1),
        zone="Pacific/Guam",
        expires_at=at,
    )

    assert b"BEGIN:VEVENT" in calendar_file.make(time, method=calendar_file.PUBLISH, link="")


@pytest.mark.parametrize("typed", ["", "@", "ana", "ana@", "@example.com", "a@b@c", "\u200b"])
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(ValidationError):
        check_email(email(typed))


@pytest.mark.django_db
def test_staff_account_keeps_a_clean_name_and_address(admin_client):
    person = factories.staff("sam")
    address = reverse("admin:auth_user_change", args=[person.pk])
    typed = {"email": "Sam <sam@example.org>\u200e", "first_name": "S\u00adam\u200b", "last_name": "O\u2019Sample\u202c"}

    admin_client.post(address, filled(admin_client.get(address), **typed))

    person.refresh_from_db()
    assert (person.email, person.first_name, person.last_name) == ("sam@example.org", "Sam", "O\u2019Sample")


@pytest.mark.django_db
def test_staff_write_to_a_family_without_what_nobody_sees(client):
    row = factories.request()
    client.force_login(factories.coordinator("cora", row.department))
    address = reverse("admin:appointments_request_ask", args=[row.pk])

    client.post(address, {"seen": row.version, "words": "How is\x0b the kn\u00adee\u202e?"})
    refused = client.post(address, {"seen": row.version + 1, "words": "\u200b\u3164"})

    assert row.notes.get().words == "How is\n the knee?"
    assert refused.context["form"].errors == {"words": ["This field is required."]}


@pytest.mark.parametrize("digits", ["9175550199", "212 555 0199".replace(" ", ""), "9" * 25, "9" * 5_000])
@pytest.mark.parametrize("part", ["born_month", "born_day", "born_year"])
def test_a_number_too_large_for_a_date_is_refused_in_words(part, digits):
    born = {"born_month": ["4"], "born_day": ["23"], "born_year": ["2015"], part: [digits]}
    form = Child({"name": ["Kim"], **born})

    assert errors(form)["born"] in (["Date of birth must be a real date"], ["Year must have 4 numbers, like 2015"])
