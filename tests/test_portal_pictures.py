"""Pictures: as public as the pages that show them, and no longer."""

from io import BytesIO

import pytest
from django import test
from django.core.management import call_command
from django.utils import timezone
from PIL import Image

from conditions.models import Section
from foundation.pages.http import PAGE_LIFETIME
from foundation.pictures.images import make_avif
from foundation.pictures.models import LibraryPicture
from tests import factories

AS_A_PAGE = f"public, max-age={PAGE_LIFETIME}"


def pictured(row, colour="teal", width=600):
    out = BytesIO()
    Image.new("RGB", (width, 400), colour).save(out, "PNG")
    factories.put_picture(row, out.getvalue())
    row.picture_alt = "A square"
    row.save()
    return f"/pictures/{row.picture}"


def answer(client, address):
    response = client.get(address)
    return response.status_code, response.headers["Cache-Control"]


def test_picture_of_a_clinician_may_be_kept_as_long_as_a_page(client, db):
    address = pictured(factories.clinician())

    response = client.get(address)

    assert response.content[8:12] == b"WEBP"
    assert response.headers["Content-Type"] == "image/webp"
    assert response.headers["Cache-Control"] == AS_A_PAGE
    assert not response.cookies
    assert "Vary" not in response.headers


def test_every_stored_size_is_there_and_no_other(client, db):
    row = factories.clinician()
    pictured(row)
    digest = row.picture.partition("-")[0]

    found = {width: client.get(f"/pictures/{digest}-{width}.webp").status_code for width in ("480", "600", "960", "0480")}

    assert found == {"480": 200, "600": 200, "960": 404, "0480": 404}


@pytest.mark.parametrize("make", [factories.story, factories.news])
def test_picture_of_what_can_be_taken_down_is_kept_as_long_as_a_page(client, db, make):
    assert answer(client, pictured(make())) == (200, AS_A_PAGE)


def test_picture_goes_with_the_familys_authorization(client, db):
    row = factories.story()
    address = pictured(row)
    before = client.get(address)

    row.authorizations.update(revoked_on=timezone.localdate())

    again = client.get(address, headers={"if-none-match": before.headers["ETag"]})
    assert (before.status_code, again.status_code, again.headers["Cache-Control"]) == (200, 404, "public, max-age=10")


def test_known_picture_is_not_sent_again(client, db):
    address = pictured(factories.story())

    etag = client.get(address).headers["ETag"]

    assert client.get(address, headers={"if-none-match": etag}).status_code == 304


def test_earlier_picture_of_a_story_is_gone_though_history_remembers_it(client, db):
    row = factories.story()
    earlier = pictured(row)
    pictured(row, "orange")

    assert row.history.filter(picture__startswith=earlier[10:74]).exists()
    assert client.get(earlier).status_code == 404


def test_picture_shared_by_a_story_and_a_clinician_outlives_the_story(client, db):
    story = factories.story()
    address = pictured(story)
    pictured(factories.clinician())
    story.authorizations.update(revoked_on=timezone.localdate())

    assert answer(client, address) == (200, AS_A_PAGE)


def test_picture_of_a_draft_is_for_staff_alone(client, db):
    edition = factories.draft(factories.condition("crmo"))
    address = pictured(edition.sections.get())
    visitor = client.get(address).status_code
    password_alone = test.Client()
    password_alone.force_login(factories.staff("pat"))
    client.force_login(factories.staff())

    assert (visitor, password_alone.get(address).status_code, *answer(client, address)) == (404, 404, 200, "no-store")


def test_picture_of_a_published_section_is_public(client, db):
    edition = factories.draft(factories.condition("crmo"))
    address = pictured(Section.objects.get(edition=edition))
    factories.publish(edition)

    assert answer(client, address) == (200, AS_A_PAGE)


@pytest.mark.parametrize("name", ["f" * 64 + "-480.webp", "../db.sqlite3", "F" * 64 + "-480.webp", "f" * 64 + "-99999.webp"])
def test_unknown_picture_is_not_found(client, db, name):
    assert client.get(f"/pictures/{name}").status_code == 404


def as_avif(address):
    return address.replace(".webp", ".avif")


def test_webp_stands_in_until_the_smaller_file_is_made(client, db, capsys):
    address = as_avif(pictured(factories.clinician()))
    before = client.get(address)

    call_command("make_pictures")

    after = client.get(address)
    assert [one.headers["Content-Type"] for one in (before, after)] == ["image/webp", "image/avif"]
    assert after.content[4:12] == b"ftypavif"
    assert (
        capsys.readouterr().out == "pictures: 5 files\n"
    )  # 480 and 600 wide, the crop for lists in both, the one for the top


def test_making_smaller_files_that_was_stopped_goes_on_from_there(client, db, capsys):
    first, second = (pictured(factories.clinician(f"clinician-{colour}"), colour=colour) for colour in ("teal", "red"))
    make_avif(first.removeprefix("/pictures/"))

    call_command("make_pictures")
    call_command("make_pictures")

    assert len(capsys.readouterr().out.splitlines()) == 1  # the second had nothing to do
    assert [client.get(as_avif(address)).headers["Content-Type"] for address in (first, second)] == ["image/avif"] * 2


def test_smaller_file_goes_with_the_familys_authorization_too(client, db):
    row = factories.story()
    address = as_avif(pictured(row))
    call_command("make_pictures", verbosity=0)
    before = client.get(address).status_code

    row.authorizations.update(revoked_on=timezone.localdate())

    assert (before, client.get(address).status_code) == (200, 404)


def test_picture_taken_back_is_gone_in_both_formats_and_never_made_smaller(client, db):
    address = pictured(factories.clinician())
    LibraryPicture.objects.update(withdrawn_on=timezone.localdate(), withdrawn_reason="asked")

    call_command("make_pictures", verbosity=0)

    assert [client.get(each).status_code for each in (address, as_avif(address))] == [404, 404]
    assert client.get(as_avif(address).replace("-600", "-960")).status_code == 404


def test_pages_offer_the_smaller_format_first(client, db):
    row = factories.story()
    name = pictured(row).removeprefix("/pictures/").removesuffix(".webp")

    pages = [client.get(address).text for address in (row.get_absolute_url(), "/stories/")]

    assert f'<source type="image/avif" srcset="/pictures/{name[:64]}-480.avif 480w, /pictures/{name}.avif 600w"' in pages[0]
    assert '<source type="image/avif" srcset="/pictures/' in pages[1]


def test_picture_is_only_for_reading(client, db):
    assert client.post(pictured(factories.clinician())).status_code == 405
