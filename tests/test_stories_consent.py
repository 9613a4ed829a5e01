"""What papers allow: the text, the picture and the name of a story, on every page that could show them."""

from copy import copy
from datetime import UTC, date, datetime
from functools import partial
from io import BytesIO

import pytest
import time_machine
from django.db import IntegrityError, transaction
from PIL import Image

from stories.models import Authorization, Story
from tests import factories

TODAY = datetime(2026, 11, 22, 15, tzinfo=UTC)
AT_NIGHT = datetime(2026, 11, 23, 4, 59, tzinfo=UTC)  # still the 22nd on the site's clock


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def otter(db):
    """A story with a picture and a name, on a condition with a page; no paper yet."""
    condition = factories.live("crmo").condition
    row = factories.story(
        "otter", [condition], authorized=False, title="In the pool", name_shown="Otterly", age_band="8 to 10", language="en"
    )
    out = BytesIO()
    Image.new("RGB", (600, 400), "teal").save(out, "PNG")
    row.picture_alt, row.picture_caption = "Drawing of a swimmer", "Drawn at home"
    factories.put_picture(row, out.getvalue())
    row.save()
    return row


def everywhere(client):
    pages = ["/", "/es/", "/stories/", "/stories/otter/", "/es/stories/otter/", "/conditions/crmo/", "/search/?q=pool"]
    return {address: client.get(address).text for address in pages}


def test_story_without_the_name_is_told_by_a_family_everywhere(client, otter):
    factories.authorization(otter, covers_name=False)

    pages = everywhere(client)

    assert [address for address, page in pages.items() if "Otterly" in page or "8 to 10" in page] == []
    assert [address for address, page in pages.items() if "A family" in page] == [
        address for address in pages if "search" not in address
    ]
    assert '"author":{"@type":"Person","name":"A family"}' in pages["/stories/otter/"]
    assert [address for address, page in pages.items() if "In the pool" not in page] == []


def test_patient_without_the_name_was_a_patient_here(client, otter):
    factories.authorization(otter, covers_name=False, relationship="patient")

    assert "Somebody who was a patient here" in client.get("/stories/otter/").text


def test_family_without_a_name_speaks_the_language_of_its_story(client, otter):
    factories.authorization(otter, covers_name=False)
    Story.objects.update(language="es")

    assert "Una familia" in client.get("/stories/otter/").text


def test_story_without_the_picture_is_shown_without_it_everywhere(client, otter):
    factories.authorization(otter, covers_picture=False)
    digest = otter.picture.partition("-")[0]

    pages = everywhere(client)
    files = [client.get(f"/pictures/{name}").status_code for name, _width in otter.picture_srcset()]

    leaks = [digest, "og:image", "Drawing of a swimmer", "Drawn at home", "ImageObject"]
    assert [(address, leak) for address, page in pages.items() for leak in leaks if leak in page] == []
    assert set(files) == {404}
    assert "Otterly, age 8 to 10" in pages["/stories/otter/"]


def test_second_paper_can_cover_the_picture(client, otter):
    factories.authorization(otter, covers_picture=False)
    factories.authorization(otter, covers_text=False, covers_name=False, document="binder 2")

    page = client.get("/stories/otter/").text

    assert f'src="/pictures/{otter.picture}"' in page
    assert client.get(f"/pictures/{otter.picture}").status_code == 200


@pytest.mark.parametrize(
    "fields", [{"covers_text": False}, {"covers_website": False, "covers_social": True}, {"revoked_on": date(2026, 11, 22)}]
)
def test_paper_that_does_not_let_us_show_the_text_shows_nothing(client, otter, fields):
    factories.authorization(otter, **fields)

    pages = everywhere(client)

    assert [address for address, page in pages.items() if "In the pool" in page or "Otterly" in page] == []
    assert client.get(f"/pictures/{otter.picture}").status_code == 404


def test_revoked_paper_covers_neither_name_nor_picture_though_another_covers_the_text(client, otter):
    factories.authorization(otter, revoked_on=date(2026, 1, 2))
    factories.authorization(otter, covers_picture=False, covers_name=False, document="binder 2")

    page = client.get("/stories/otter/").text

    assert "A family" in page
    assert "Otterly" not in page
    assert 'class="picture"' not in page


def test_story_fetched_without_its_papers_has_neither_name_nor_picture(otter):
    factories.authorization(otter)

    row = Story.objects.get()

    assert (row.teller(), row.shows_picture) == ("A family", False)


@pytest.mark.databases
@pytest.mark.parametrize(
    ("turns_18_on", "papers", "shown"),
    [
        (date(2026, 11, 23), [{}], True),
        (date(2026, 11, 22), [{}], False),
        (date(2020, 1, 1), [{"relationship": "guardian"}], False),
        (date(2026, 11, 22), [{}, {"relationship": "patient", "signed_on": date(2026, 11, 22), "turns_18_on": None}], True),
        (date(2026, 11, 22), [{}, {"turns_18_on": None}], False),
    ],
    ids=["the day before", "on the day", "long ago", "the patient signed", "a parent's paper that does not say when"],
)
def test_parents_signature_ends_when_the_patient_turns_18(client, otter, turns_18_on, papers, shown):
    for number, fields in enumerate(papers):
        factories.authorization(otter, **{"turns_18_on": turns_18_on, "document": f"binder {number}"} | fields)

    with time_machine.travel(AT_NIGHT, tick=False):
        assert client.get("/stories/otter/").status_code == (200 if shown else 404)


def test_day_of_turning_18_on_a_revoked_paper_ends_nothing(client, otter):
    factories.authorization(otter, turns_18_on=date(2026, 1, 1), revoked_on=date(2026, 2, 1))
    factories.authorization(otter, document="binder 2")

    assert client.get("/stories/otter/").status_code == 200


@pytest.mark.databases
@pytest.mark.parametrize("days", [59, 60, 61])
def test_ending_counts_the_last_day_and_the_day_of_turning_18(db, days):
    last = date.fromordinal(date(2026, 11, 22).toordinal() + days)
    ends = factories.authorization(factories.story("ends", authorized=False), expires_on=last)
    grows = factories.authorization(
        factories.story("grows", authorized=False), turns_18_on=date.fromordinal(last.toordinal() + 1)
    )
    lasts = factories.story("lasts")
    factories.authorization(lasts, expires_on=last)

    found = Authorization.objects.ending_within(60)

    assert set(found) == ({ends, grows} if days <= 60 else set())


@pytest.mark.databases
def test_turning_18_leaves_out_whoever_signed_and_what_no_longer_counts(db):
    day = date(2027, 1, 1)
    due = factories.authorization(factories.story("due", authorized=False), turns_18_on=day)
    past = factories.authorization(factories.story("past", authorized=False), turns_18_on=date(2026, 1, 1))
    signed = factories.story("signed", authorized=False)
    factories.authorization(signed, turns_18_on=date(2026, 1, 1))
    factories.authorization(signed, relationship="patient", signed_on=date(2026, 2, 1))
    for slug, fields in {
        "revoked": {"revoked_on": date(2026, 2, 1)},
        "ended": {"expires_on": date(2026, 2, 1)},
        "later": {"turns_18_on": date(2027, 3, 1)},
    }.items():
        factories.authorization(factories.story(slug, authorized=False), **{"turns_18_on": day} | fields)

    assert set(Authorization.objects.turning_18_within(60)) == {due, past}


@pytest.mark.databases
def test_what_was_signed_cannot_be_changed_by_any_program(otter):
    paper = factories.authorization(
        otter,
        covers_picture=False,
        covers_name=False,
        signed_for="Kim",
        revoked_on=date(2029, 1, 1),
        turns_18_on=date(2030, 1, 1),
        assent=True,
        assent_on=date(2025, 12, 1),
    )
    changes = [
        {"signed_by": "Somebody else"},
        {"signed_on": date(2025, 1, 1)},
        {"relationship": "patient"},
        {"covers_picture": True},
        {"covers_name": True},
        {"covers_print": True},
        {"covers_text": False},
        {"expires_on": date(2036, 1, 1)},
        {"revoked_on": None},
        {"revoked_on": date(2030, 1, 1)},
        {"signed_for": ""},
        {"turns_18_on": date(2031, 1, 1)},
        {"assent": False, "assent_on": None},
    ]

    for change in changes:
        altered = copy(paper)
        for name, value in change.items():
            setattr(altered, name, value)
        for way in (partial(Authorization.objects.filter(pk=paper.pk).update, **change), altered.save):
            with pytest.raises(IntegrityError), transaction.atomic():
                way()


@pytest.mark.databases
def test_what_was_left_open_is_filled_in_and_an_end_comes_earlier(otter):
    paper = factories.authorization(otter)
    changed = {
        "signed_for": "Kim",
        "turns_18_on": date(2030, 1, 1),
        "assent": True,
        "assent_on": date(2026, 1, 1),
        "expires_on": date(2030, 1, 1),
        "revoked_on": date(2029, 1, 1),
        "document": "binder 9",
    }

    Authorization.objects.filter(pk=paper.pk).update(**changed)

    assert Authorization.objects.values(*changed).get() == changed


@pytest.mark.databases
def test_paper_cannot_be_deleted_by_any_program(otter):
    factories.authorization(otter)

    with pytest.raises(IntegrityError), transaction.atomic():
        Authorization.objects.all().delete()

    assert Authorization.objects.count() == 1


@pytest.mark.databases
@pytest.mark.parametrize(
    "fields",
    [
        {"covers_text": False, "covers_picture": False},
        {"assent_on": date(2025, 12, 1)},
        {"relationship": "patient", "turns_18_on": date(2025, 12, 2)},
    ],
)
def test_paper_that_makes_no_sense_is_refused(otter, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.authorization(otter, **fields)
