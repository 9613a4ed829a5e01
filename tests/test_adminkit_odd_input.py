"""What no page of ours offers, sent all the same: an answer in words, the typed words still there, never a crash."""

import pytest
from django.contrib import admin
from django.urls import reverse

from foundation.paginator import FirstPaginator
from tests import factories
from tests.admin_forms import filled

pytestmark = pytest.mark.django_db
ODD = {
    "conditions": "x",  # many rows are chosen there
    "translation_of": "-99999999999999999999",  # one
    "library": "0x1",  # a picture
    "publish_at": "99999-12-31",
}
BEGUN = "conditions_edition conditions_condition stories_story stories_authorization news_newsitem directory_clinician".split()


@pytest.mark.parametrize("name", ODD)
def test_what_was_typed_stays_beside_a_choice_or_day_that_is_none(admin_client, name):
    address = reverse("admin:news_newsitem_change", args=[factories.news().pk])
    sent = filled(admin_client.get(address)) | {"title": "Words that stay", name: ODD[name]}

    page = admin_client.post(address, sent)

    assert page.status_code == 200
    assert "Words that stay" in page.text
    assert "errornote" in page.text


def test_a_number_that_no_row_can_have_is_a_bad_request(admin_client):
    address = reverse("admin:news_newsitem_change", args=[factories.news().pk])
    sent = filled(admin_client.get(address)) | {"conditions": "9" * 30}

    assert admin_client.post(address, sent).status_code in {200, 400}  # PostgreSQL compares any number


def test_without_a_script_every_form_can_show_all_there_is_to_choose_from(admin_client):
    condition = factories.condition("crmo")
    add = reverse("admin:conditions_edition_add")
    way = 'href="?all-choices=1"'
    forms = [page for name in BEGUN if way in (page := admin_client.get(reverse(f"admin:{name}_add"))).text]

    begun = admin_client.get(f"{add}?condition={condition.pk}&language=es").text
    chosen = admin_client.post(f"{add}?all-choices=1", {"condition": condition.pk, "language": "en"})

    assert len(forms) == 6
    assert f'href="?condition={condition.pk}&amp;language=es&amp;all-choices=1"' in begun
    assert f'<option value="{condition.pk}">' not in admin_client.get(add).text
    assert f'<option value="{condition.pk}">' in admin_client.get(f"{add}?all-choices=1").text
    assert (chosen.status_code, condition.editions.count()) == (302, 1)


def test_all_there_is_to_choose_from_is_what_this_person_may_see(client, admin_user):
    client.force_login(factories.staff("ed", "add_clinician", "view_clinician", "view_department"))
    place = factories.department()

    page = client.get(reverse("admin:directory_clinician_add") + "?all-choices=1").text

    assert f'<option value="{place.pk}">' in page
    assert f">{admin_user}</option>" not in page


def test_language_that_is_none_is_an_error_and_one_that_the_site_lacks_leads_to_a_page(admin_client):
    row = factories.notice(language="zh-Hans")
    address = reverse("admin:guides_notice_change", args=[row.pk])
    page = admin_client.get(address)

    told = admin_client.post(address, filled(page) | {"title": "Words that stay", "language": "%(x)s"})

    assert f'href="{row.get_absolute_url()}"' in page.text
    assert (told.status_code, "Words that stay" in told.text, "Write a code like es" in told.text) == (200, True, True)


@pytest.mark.parametrize("asked", ["0", "-1", "999", "x", ""])
def test_number_that_is_no_page_of_a_list_leads_to_its_first_with_its_filters(admin_client, asked):
    for number in range(51):
        factories.news(f"item-{number:02}", title=f"Item {number:02}")

    page = admin_client.get(reverse("admin:news_newsitem_changelist"), {"q": "Item", "p": asked})

    assert (page.status_code, "Item 50" in page.text, "Item 00" in page.text) == (200, True, False)


def test_every_list_of_staff_has_this_rule():
    assert [
        kind.__name__ for kind, each in admin.site._registry.items() if not issubclass(each.paginator, FirstPaginator)
    ] == []
