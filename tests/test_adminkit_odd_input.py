"""What no page of ours offers, sent all the same: an answer in words, the typed words still there, never a crash."""

import pytest
from django.urls import reverse

from tests import factories
from tests.admin_forms import filled

pytestmark = pytest.mark.django_db
ODD = {
    "conditions": "x",  # many rows are chosen there
    "translation_of": "-99999999999999999999",  # one
    "library": "0x1",  # a picture
    "publish_at": "99999-12-31",
}


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
