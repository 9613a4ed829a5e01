"""That no page asks more of a large site than of a small one. `make scale` measures it at size, on PostgreSQL."""

import pytest
import time_machine
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import factories

FEW, MANY = 10, 20  # more than the first page shows of a list, which it then counts
PUBLIC = ["/", "/conditions/", "/conditions/c-0/", "/glossary/", "/departments/rheumatology/", "/clinicians/", "/stories/"]
PUBLIC += ["/news/", "/news/feed/", "/clinicians/ana-example/", "/sitemap.xml", "/sitemap-conditions.condition.xml"]
STAFF = ["index", "links", "visits", "earlier", "figures"]


def fill(numbers):
    """Of everything that grows, so many more."""
    unit = factories.department() if 0 in numbers else factories.Department.objects.get()
    for n in numbers:
        condition = factories.live(f"c-{n}").condition
        condition.departments.add(unit)
        factories.draft(condition, summary="Newer.")
        factories.clinician(f"clinician-{n}").departments.add(unit)
        factories.term(f"term-{n}", term="text" if n == 0 else f"word {n}")
        factories.story(f"story-{n}", [condition])
        gone = f'<p><a href="/news/never-{n}/">x</a> <a href="/conditions/c-{n}/">x</a></p>'
        factories.news(f"news-{n}", [condition], text=gone)
        factories.request(f"{n:064}", email=f"p{n}@example.org")
        factories.Edition.objects.get(condition=condition, number=1).feedback.create(helpful=False, comment="Too long.")


def counted(client, admin_client):
    """How many queries each page asks."""
    lists = [f"{model._meta.app_label}_{model._meta.model_name}_changelist" for model in admin.site._registry]
    own = [reverse(f"admin:{name}") for name in [*STAFF, *lists]]
    own.append(reverse("admin:directory_department_change", args=[factories.Department.objects.get().pk]))
    pages = dict.fromkeys(PUBLIC, client) | dict.fromkeys(own, admin_client)
    found = {}
    for path, browser in pages.items():
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(path).status_code == 200, path
        found[path] = len(asked)
    return found


@pytest.mark.django_db
def test_no_page_asks_more_of_a_larger_site(client, admin_client):
    factories.clinician()
    reader = type(client)()

    with time_machine.travel(timezone.now(), tick=False):  # else what is due once a minute falls on one of them
        fill(range(FEW))
        few = counted(reader, admin_client)
        fill(range(FEW, MANY))
        many = counted(reader, admin_client)

    assert {path: (few[path], many[path]) for path in few if few[path] < many[path]} == {}


def test_terms_of_other_pages_are_not_read(db):
    edition = factories.draft(factories.condition())
    factories.term("overview", also="text on\nMRİ")
    factories.term("elsewhere", also="texts\nconditional")
    factories.term("overview", language="es")
    factories.GlossaryTerm.objects.bulk_create(
        [factories.GlossaryTerm(slug="stored", language="en", term="An MRI", definition="A")]
    )

    found = factories.GlossaryTerm.objects.perhaps_in("Text on this, and an mri.", edition.language)

    assert [term.slug for term in found] == ["stored", "overview"]
