"""The questions to families: what is taken, what is asked again and in which words."""

from datetime import date

import pytest
from django import forms
from django.utils.datastructures import MultiValueDict

from appointments.forms import Child, Contact, Times, Visit, You, likely_meant
from appointments.forms.fields import Words, month_number
from appointments.time_text import age
from tests import factories

CHILD = {"name": ["Kim Sample"], "born_month": ["4"], "born_day": ["23"], "born_year": ["2015"]}
VISIT = {"visit": ["new"], "mode": ["in-person"], "interpreter": ["no"]}


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to("2026-06-01 16:00Z", tick=False)


def errors(form):
    return {name: list(found) for name, found in form.errors.items()}


def born(month, day, year, **more):
    return Child(CHILD | {"born_month": [month], "born_day": [day], "born_year": [year]}, **more)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Zoë 李 محمد", "Zoë 李 محمد"),
        ("a\x00b\x07c", "abc"),
        ("half \ud83d a letter", "half  a letter"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("👩‍👧", "👩‍👧"),
    ],
)
def test_words_keep_all_that_can_be_seen(typed, kept):
    assert Words(widget=forms.Textarea).clean(typed) == kept


def test_nothing_answered_says_what_to_enter():
    assert errors(You({})) == {
        "asker": ["Select who you are"],
        "name": ["Enter your name"],
        "confirm": ["If you ask for a child, select this box too"],
    }
    assert errors(Child({})) == {"name": ["Enter your child’s name"], "born": ["Enter your child’s date of birth"]}
    assert errors(Child({}, asker="patient")) == {"name": ["Enter your name"], "born": ["Enter your date of birth"]}
    assert errors(Contact({"message": [""], "phone": [""], "email": [""]})) == {
        "phone": ["Enter a phone number or an email address"],
        "how": ["Select how we should reach you first"],
        "message": ["If we may call you, select whether we may leave a message"],
    }


def test_permission_is_confirmed_unless_the_patient_asks():
    parent = You({"asker": ["parent"], "name": ["Pat"]})
    patient = You({"asker": ["patient"], "name": ["Pat"]})

    assert errors(parent) == {"confirm": ["Select the box to confirm that you may ask"]}
    assert errors(patient) == {}


def test_name_may_be_long_but_says_by_how_much_it_is_too_long():
    form = You({"asker": ["patient"], "name": ["é" * 256]})

    assert errors(form) == {"name": ["Shorten your words to 255 characters. They have 256 now."]}
    assert errors(You({"asker": ["patient"], "name": ["é" * 255]})) == {}


@pytest.mark.parametrize("month", ["4", "04", " 4 ", "April", "apr", "APR.", "abril", "٤"])
def test_month_is_understood_as_number_or_name(month):
    form = born(month, "23", "2015")

    assert errors(form) == {}
    assert form.columns()["child_born"] == "2015-04-23"


@pytest.mark.parametrize("typed", ["", "a", "ma", "Smarch", "mar ch"])
def test_month_that_is_none_is_refused(typed):
    with pytest.raises(ValueError):
        month_number(typed)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("", "23", "2015"), "Date of birth must include a month"),
        (("4", "", ""), "Date of birth must include a day and a year"),
        (("4", "23", ""), "Date of birth must include a year"),
        (("4", "23", "15"), "Year must have 4 numbers, like 2015"),
        (("2", "30", "2015"), "Date of birth must be a real date"),
        (("13", "1", "2015"), "Date of birth must be a real date"),
        (("4", "x", "2015"), "Date of birth must be a real date"),
        (("6", "2", "2026"), "Date of birth must be in the past"),
        (("4", "1", "0000"), "Date of birth must be a real date"),
    ],
)
def test_date_of_birth_says_what_is_wrong(typed, words):
    assert errors(born(*typed)) == {"born": [words]}


@pytest.mark.parametrize(
    ("on", "years"), [(date(2026, 5, 31), 17), (date(2026, 6, 1), 18), (date(2024, 2, 28), 15), (date(2027, 12, 31), 19)]
)
def test_age_counts_completed_years(on, years):
    assert age(date(2008, 6, 1), on) == years


def test_age_of_a_leap_day_child():
    assert age(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age(date(2008, 2, 29), date(2026, 3, 1)) == 18


@pytest.mark.parametrize(("day", "leads_to"), [("1", "too_old"), ("2", "")])
def test_who_is_22_is_led_to_the_adult_service(day, leads_to):
    form = born("6", day, "2004")

    form.is_valid()

    assert form.leads_to == leads_to


def test_patient_must_be_18():
    young, grown = born("6", "2", "2008", asker="patient"), born("6", "1", "2008", asker="patient")

    assert list(errors(young)) == ["born"]
    assert errors(grown) == {}


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({"how": ["call"]}, {"phone": "Enter a phone number, like 212 555 0123, or select email to reach you",
                             "message": "Select whether we may leave a message"}),
        ({"how": ["call"], "phone": ["12"], "message": ["no"]}, {"phone": "Enter a phone number, like 212 555 0123"}),
        ({"how": ["email"]}, {"email": "Enter an email address, or select another way to reach you"}),
        ({"how": ["email"], "email": ["pat@"]},
         {"email": "Enter an email address in the correct format, like name@example.com"}),
        ({"how": ["email"], "email": ["pat@example.org"]}, {}),
        ({"how": ["call"], "phone": ["+1 (212) 555-0199 x 12"], "message": ["no"]}, {}),
        ({"how": ["pigeon"]}, {"how": "Select how we should reach you first",
                               "phone": "Enter a phone number or an email address",
                               "message": "If we may call you, select whether we may leave a message"}),
        ({"phone": ["212 555 0199"]}, {"how": "Select how we should reach you first",
                                       "message": "If we may call you, select whether we may leave a message"}),
        ({"email": ["pat@"]}, {"how": "Select how we should reach you first",
                               "message": "If we may call you, select whether we may leave a message",
                               "email": "Enter an email address in the correct format, like name@example.com"}),
    ],
)  # fmt: skip
def test_a_way_to_reach_them_needs_its_number_or_address(answers, found):
    assert errors(Contact(answers)) == {name: [words] for name, words in found.items()}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("pat@gmial.com", "pat@gmail.com"),
        ("pat@gmail.con", "pat@gmail.com"),
        ("pat@yaho.com", "pat@yahoo.com"),
        ("pat@gmail.com", ""),
        ("pat@mail.com", ""),
        ("pat@example.org", ""),
        ("", ""),
    ],
)
def test_slip_in_a_usual_provider_is_noticed(typed, meant):
    assert likely_meant(typed) == meant


def test_times_become_wishes():
    form = Times({"days": ["1-am", "4-pm"], "earliest": ["2026-06-01"], "avoid": ["June 9"], "second": ["any Monday"]})

    assert errors(form) == {}
    assert form.columns()["wishes"] == {
        "days": ["1-am", "4-pm"],
        "earliest": "2026-06-01",
        "avoid": "June 9",
        "preferred": ["any Monday"],
    }


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("2026-05-31", "Earliest day must be today or later"),
        ("2029-01-01", "Earliest day must be within two years"),
        ("soon", "Earliest day must be a real date, like 12/15/2026"),
    ],
)
def test_earliest_day_is_real_and_near(typed, words):
    assert errors(Times({"earliest": [typed]})) == {"earliest": [words]}


@pytest.mark.django_db
def test_department_follows_the_condition_when_none_is_chosen():
    factories.department("first", order=1)
    bones = factories.department("bones", order=2)
    factories.live("crmo").condition.departments.add(bones)

    def placed(**more):
        form = Visit(VISIT | {name: [value] for name, value in more.items()})
        assert errors(form) == {}
        return form.columns()["department"].slug

    assert placed() == "first"
    assert placed(condition="crmo") == "bones"
    assert placed(condition="crmo", department="first") == "first"


@pytest.mark.django_db
def test_place_settles_the_department_and_one_where_it_does_not_meet_is_told():
    here, there = (factories.location(slug, name=slug.title()) for slug in ("here", "there"))
    factories.department("first", order=1).locations.add(here)
    bones = factories.department("bones", order=2, virtual=True, licensed_states="NY")
    bones.locations.add(there)

    wished, elsewhere, by_video = (
        Visit(VISIT | {name: [value] for name, value in more.items()})
        for more in (
            {"location": "there"},
            {"location": "there", "department": "first"},
            {"location": "here", "mode": "virtual", "state": "NY"},
        )
    )

    assert (errors(wished), wished.columns()["department"], wished.columns()["location"]) == ({}, bones, there)
    assert errors(elsewhere) == {"location": ["Select another place. We meet families about this in: Here"]}
    assert (errors(by_video), by_video.columns()["location"]) == ({}, None)


@pytest.mark.django_db
def test_place_is_asked_only_where_there_is_a_choice():
    here, there = (factories.location(slug) for slug in ("here", "there"))
    department = factories.department()
    department.locations.add(here)

    def asked():
        form = Visit()
        assert form.helper
        return not form["location"].is_hidden

    assert not asked()
    department.locations.add(there)
    assert asked()


@pytest.mark.django_db
def test_only_live_conditions_and_departments_that_take_requests_can_be_chosen():
    factories.department("open")
    factories.department("closed", takes_requests=False)
    factories.draft(factories.condition("unpublished"))

    form = Visit(VISIT | {"condition": ["unpublished"], "department": ["closed"]})

    assert errors(form) == {"condition": ["Select one from the list"], "department": ["Select one from the list"]}


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["virtual", "either"])
@pytest.mark.parametrize(("state", "leads_to"), [("NJ", ""), ("CA", "away"), ("ZZ", "away")])
def test_video_is_only_for_licensed_states(mode, state, leads_to):
    factories.department(virtual=True, licensed_states="NY, NJ")

    form = Visit(VISIT | {"mode": [mode], "state": [state]})

    assert (form.is_valid(), form.leads_to) == (leads_to == "", leads_to)
    assert form.video_states == ["New Jersey", "New York"]


@pytest.mark.django_db
def test_video_without_a_state_asks_for_it_and_a_visit_in_person_forgets_it():
    factories.department(virtual=True, licensed_states="NY")

    assert errors(Visit(VISIT | {"mode": ["virtual"]})) == {"state": ["Select the state for a video visit"]}
    in_person = Visit(VISIT | {"state": ["CA"]})
    assert errors(in_person) == {}
    assert in_person.columns()["state"] == ""


@pytest.mark.django_db
def test_spoken_interpreter_needs_a_language():
    factories.department()

    assert errors(Visit(VISIT | {"interpreter": ["spoken"]})) == {"language": ["Enter the language you speak"]}
    assert errors(Visit(VISIT | {"interpreter": ["asl"]})) == {}


@pytest.mark.django_db
def test_note_has_500_characters_however_lines_end():
    factories.department()

    fits = Visit(VISIT | {"note": ["a\r\n" * 250]})
    long = Visit(VISIT | {"note": ["a" * 501]})

    assert errors(fits) == {}
    assert errors(long) == {"note": ["Shorten your words to 500 characters. They have 501 now."]}


@pytest.mark.django_db
def test_department_that_meets_by_video_only_says_so():
    factories.department(virtual=True, in_person=False, licensed_states="NY")

    assert errors(Visit(VISIT)) == {"mode": ["Select “By video”. This department meets families by video only."]}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("a" * 1_000_000, "a" * 10_000), ("a\r\n" * 10_000, "a\n" * 5_000), ("\x00" * 10_000 + "b" * 20_000, "b" * 10_000)],
)
def test_answer_far_too_long_is_cut_before_it_is_read(typed, kept):
    assert You().answers_in(MultiValueDict({"name": [typed]})) == {"name": [kept]}


@pytest.mark.parametrize("kind", [You, Child, Visit, Contact, Times])
def test_what_one_form_alters_no_other_has(kind, db):
    one = kind({})
    for field in one.fields.values():
        field.label, field.required = "Another", not field.required
        field.error_messages["required"] = "Another"
        for widget in (field.widget, *getattr(field.widget, "widgets", ())):
            widget.attrs["data-own"] = "yes"
        if hasattr(field, "choices"):
            field.choices = [("own", "Own")]

    other = kind({})

    said = {words for field in other.fields.values() for words in (field.label, field.error_messages["required"])}
    assert "Another" not in said
    assert {name: field.required for name, field in other.fields.items()} != {n: f.required for n, f in one.fields.items()}
    page = str(other.as_p())
    assert "data-own" not in page
    assert 'value="own"' not in page
