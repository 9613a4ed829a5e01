"""Days and moments that staff type, in the admin, in spreadsheets and in content files: none of another age breaks a page."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from django.urls import reverse

from conditions.admin.verbs import Approve
from directory.models import Closure
from foundation.prose.days import check_year
from news.models import NewsItem
from portal.transfer.csv_import import SHEETS, make_plan
from stories.models import Authorization
from tests import factories
from tests.admin_forms import filled

pytestmark = pytest.mark.django_db
WORDS = "Choose a year between 1900 and 2199."


@pytest.mark.parametrize("day", [date(1899, 12, 31), date.min, date.max, datetime.max.replace(tzinfo=UTC), date(2200, 1, 1)])
def test_year_that_can_only_be_a_slip_is_refused(day):
    with pytest.raises(ValidationError):
        check_year(day)


@pytest.mark.parametrize("typed", ["9999-12-31T23:59", "0001-01-01T00:00", "2206-07-06T09:00"])
@pytest.mark.parametrize("name", ["publish_at", "expires_at"])
def test_moment_of_news_is_of_our_age(admin_client, name, typed):
    address = reverse("admin:news_newsitem_change", args=[factories.news().pk])

    response = admin_client.post(address, filled(admin_client.get(address), **{name: typed}))

    assert response.context["adminform"].form.errors == {name: [WORDS]}


def test_moment_is_understood_as_typed(admin_client):
    item = factories.news()
    address = reverse("admin:news_newsitem_change", args=[item.pk])

    admin_client.post(address, filled(admin_client.get(address), publish_at="\u202a2026\u201107\u201106T０９:00\u202c"))

    assert NewsItem.objects.get().publish_at == datetime(2026, 7, 6, 13, tzinfo=UTC)


@pytest.mark.parametrize("year", ["9999", "0001"])
def test_days_of_papers_and_closed_days_are_of_our_age(admin_client, year):
    paper = factories.authorization(factories.story(authorized=False))
    closed = Closure.objects.create(day=date(2026, 12, 24))
    ledger = reverse("admin:stories_authorization_change", args=[paper.pk])
    closure = reverse("admin:directory_closure_change", args=[closed.pk])

    refused = admin_client.post(ledger, filled(admin_client.get(ledger), revoked_on=f"{year}-12-31"))
    also = admin_client.post(closure, filled(admin_client.get(closure), day=f"{year}-12-31"))

    assert refused.context["adminform"].form.errors["revoked_on"] == [WORDS]
    assert also.context["adminform"].form.errors == {"day": [WORDS]}
    assert (Authorization.objects.get().revoked_on, Closure.objects.get().day) == (None, date(2026, 12, 24))


@pytest.mark.parametrize("year", ["9999", "2206"])
def test_edition_is_approved_for_our_age(year):
    request = RequestFactory().post("/")
    request.user = factories.staff()
    sent = {"publish_at": f"{year}-12-31T23:59", "next_review_due": f"{year}-12-31"}

    form = Approve(sent, request=request, obj=factories.draft())

    assert form.errors == {"publish_at": [WORDS], "next_review_due": [WORDS]}


@pytest.mark.parametrize(("cell", "fault"), [("9999-12-31", [f"source_date: {WORDS}"]), ("12/31/9999", [f"source_date: {WORDS}"]), ("0001-01-01", [f"source_date: {WORDS}"]), ("３/9/2026\u00a0", []), ("2026\u201103\u201109", [])])  # fmt: skip
def test_spreadsheet_day_is_of_our_age(cell, fault):
    head = "title,summary,source_name,source_url,source_date\n"
    content = f"{head}Seen,In the paper.,Gazette,https://gazette.example.org/a,{cell}\n"

    found = make_plan(SHEETS["news"], content.encode())

    assert [each for row in found.rows for each in row.faults] == fault


@pytest.mark.parametrize(
    "line", ["publish_at: 9999-12-31T23:59:00", "publish_at: 0001-01-01T00:00:00", "source_date: 9999-12-31"]
)
def test_content_file_day_is_of_our_age(tmp_path, capsys, line):
    (tmp_path / "news").mkdir()
    kind = "kind: coverage\nsource_name: A\nsource_url: https://a.example.org\n"
    (tmp_path / "news" / "seen.yaml").write_text(
        f"title: Seen\nsummary: Seen.\nconditions: []\n{kind}{line}\n", encoding="utf-8"
    )

    with pytest.raises(CommandError):
        call_command("import_content", str(tmp_path))

    assert f"{line.partition(':')[0]} must be a" in "".join(capsys.readouterr())
    assert NewsItem.objects.count() == 0
