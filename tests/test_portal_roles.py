"""Who may do what with content and people: every address of the admin, for every role, by GET and by POST, in one table.

Appointments and messages have a table of their own (`test_appointments_access.py`). An address without a row fails.
"""

import re
import shutil
from datetime import date
from html import unescape
from urllib.parse import parse_qs, urljoin

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import override_settings
from django.urls import get_resolver, resolve
from django.utils import timezone

from appointments.models import ReceivingSystem
from conditions.models import MedicineWarning, PageFeedback, PlainWord, PreviewLink
from directory.models import Closure
from foundation.audit.actions import record
from foundation.links.models import OutsideAddress
from foundation.pictures.models import LibraryPicture
from foundation.search.models import Miss
from foundation.upkeep.models import Tag
from portal.staff.invitations import renew
from portal.staff.roles import make_roles, remember
from tests import factories
from tests.admin_forms import filled
from tests.clients import AtTheView, Client
from tests.test_appointments_access import ask, routes

# What each may do with rows: see (v), add (a), change (c), delete (d); "-" nothing.
# who:        nobody coordinator lead editor reviewer privacy-officer administrator superuser
ROWS = {
    "conditions/condition": "- - - vacd v - - vacd",
    "conditions/edition": "- - - vacd v - - vacd",
    "conditions/glossaryterm": "- - - vacd v - - vacd",
    "conditions/pagefeedback": "- - - v - - - vd",
    "conditions/plainword": "- - - vacd v - - vacd",
    "conditions/medicinewarning": "- - - vacd v - - vacd",
    "upkeep/tag": "- - - vacd v - - vacd",
    "stories/story": "- - - vacd - v - vacd",
    "stories/authorization": "- - - vac - v - vac",
    "news/newsitem": "- - - vacd - v - vacd",
    "guides/guide": "- - - vacd - - - vacd",
    "guides/notice": "- - - vac - vac - vac",
    "pictures/librarypicture": "- - - vac v v - vac",
    "links/outsideaddress": "- - - vc - - - vc",
    "directory/department": "- - vc vac - - vacd vacd",
    "directory/location": "- - vc vac - - vacd vacd",
    "directory/clinician": "- - v vac - - vacd vacd",
    "directory/closure": "- - vacd - - - vacd vacd",
    "appointments/receivingsystem": "- - - - - - - vac",
    "search/miss": "- - - vd - - - vd",
    "audit/record": "- - - - - v v v",
    "auth/user": "- - - - - - vacd vacd",
    "auth/group": "- - - - - - vacd vacd",
    "staff/invitation": "- - - - - - v v",
}
PEOPLE = [
    "nobody",
    "coordinator",
    "coordinator lead",
    "editor",
    "clinical reviewer",
    "privacy officer",
    "administrator",
    "superuser",
]
NEEDS = {  # what shows each address of a model's rows, and what acts there; Django asks the same right for both where one stands
    "": {"get": "vc"},
    "add/": {"post": "a"},
    "<path:object_id>/": {"get": "-vacd"},  # redirects to the form, whoever asks
    "<path:object_id>/change/": {"get": "vc", "post": "c"},
    "<path:object_id>/delete/": {"post": "d"},
    "<path:object_id>/history/": {"get": "vc"},
}
# Every other address: who may open it, and who may send it something. Each may be asked by everybody who is staff.
ALL, NONE, WRITERS = set(PEOPLE), set(), {"editor", "superuser"}
READERS, KEEPERS = WRITERS | {"clinical reviewer"}, {"administrator", "superuser"}
SIGNERS = {"clinical reviewer", "superuser"}
ERASERS = {"privacy officer", "superuser"}
LEADS, COORDINATORS = {"coordinator lead", "superuser"}, {"coordinator", "coordinator lead", "superuser"}
ONE = "<path:object_id>"
OTHERS = {
    "": (ALL, ALL),
    "login/": (ALL, ALL),  # leads on to the first page
    "logout/": (NONE, ALL),
    "password_change/": (ALL, ALL),
    "password_change/done/": (ALL, NONE),
    "stay/": (ALL, ALL),
    "paste/": (NONE, ALL),
    "jsi18n/": (ALL, NONE),
    "autocomplete/": (READERS, NONE),
    "r/<path:content_type_id>/<path:object_id>/": (ALL, ALL),  # leads to the public page
    "app_list": (READERS, READERS),
    "(?P<url>.*)$": (NONE, NONE),
    "preview/<int:pk>/": (READERS, READERS),
    "export/": (WRITERS, WRITERS),
    "links/": (WRITERS, WRITERS),
    "links/find/": (ALL, ALL),  # titles of public pages
    "links/to/<str:kind>/<int:pk>/": (READERS, READERS),
    "how-we-are-doing/": (LEADS, NONE),
    "how-we-are-doing.csv": (LEADS, NONE),
    "earlier/": (COORDINATORS, NONE),
    "earlier/<int:pk>/": (NONE, NONE),  # no hour came free: test_appointments_earlier.py
    "visits/": ({"coordinator", "coordinator lead", "privacy officer", "superuser"}, NONE),
    "visits/all-came/": (NONE, COORDINATORS),
    "visits/calendar/": (NONE, NONE),  # only of a clinician
    "moving/": (ALL, NONE),  # lists what this person may move in
    "moving/<slug:name>/": (WRITERS | KEEPERS, WRITERS | KEEPERS),
    "moving/<slug:name>.csv": (WRITERS | KEEPERS, NONE),
    f"auth/user/{ONE}/renew/": (KEEPERS, KEEPERS),
    f"auth/user/{ONE}/leave/": (KEEPERS, KEEPERS),
    f"staff/invitation/{ONE}/link/": (KEEPERS, KEEPERS),
    f"staff/invitation/{ONE}/send-again/": (KEEPERS, KEEPERS),
    f"staff/invitation/{ONE}/take-back/": (KEEPERS, KEEPERS),
    f"conditions/edition/{ONE}/submit/": (WRITERS, WRITERS),
    f"conditions/edition/{ONE}/send-back/": (READERS, READERS),
    f"conditions/edition/{ONE}/sign-off/": (SIGNERS, SIGNERS),
    f"conditions/edition/{ONE}/approve/": (WRITERS, WRITERS),
    f"conditions/edition/{ONE}/approve-ahead/": (WRITERS, WRITERS),
    f"conditions/edition/{ONE}/take-back-approval/": (WRITERS, WRITERS),
    f"conditions/edition/{ONE}/withdraw/": (WRITERS, WRITERS),
    f"conditions/edition/{ONE}/reschedule/": (WRITERS, WRITERS),
    f"conditions/edition/{ONE}/follow/": (WRITERS, WRITERS),
    f"conditions/edition/{ONE}/restore/": (WRITERS, WRITERS),
    f"conditions/edition/{ONE}/comment/": (READERS, READERS),
    f"conditions/edition/{ONE}/answer/": (WRITERS, WRITERS),
    f"conditions/edition/{ONE}/compare/": (READERS, READERS),
    f"conditions/edition/{ONE}/presence/": (NONE, READERS),
    "conditions/edition/<int:object_id>/coach/": (NONE, READERS),
    f"conditions/edition/{ONE}/working-copy/": (NONE, WRITERS),
    f"conditions/glossaryterm/{ONE}/working-copy/": (NONE, WRITERS),
    f"conditions/medicinewarning/{ONE}/working-copy/": (NONE, WRITERS),
    "conditions/edition/<path:object_id>/reader/": (READERS, NONE),
    f"conditions/edition/{ONE}/share/": (WRITERS, WRITERS),
    f"conditions/edition/{ONE}/links/<int:link>/revoke/": (NONE, WRITERS),
    f"pictures/librarypicture/{ONE}/replace/": (WRITERS, WRITERS),
    f"pictures/librarypicture/{ONE}/take-back/": (WRITERS, WRITERS),
    f"stories/story/{ONE}/working-copy/": (NONE, WRITERS),
    f"pictures/librarypicture/{ONE}/erase/": (ERASERS, ERASERS),
    "stories/story/<int:object_id>/preview/": (WRITERS | ERASERS, WRITERS | ERASERS),
    "stories/story/<int:object_id>/paper/<str:language>/": (WRITERS | ERASERS, WRITERS | ERASERS),
    "stories/authorization/<int:object_id>/paper/<str:language>/": (WRITERS | ERASERS, WRITERS | ERASERS),
    f"stories/story/{ONE}/erase-history/": (ERASERS, ERASERS),
    f"news/newsitem/{ONE}/erase-history/": (ERASERS, ERASERS),
    f"stories/story/{ONE}/publish/": (WRITERS, WRITERS),
    f"stories/story/{ONE}/unpublish/": (WRITERS, WRITERS),
    f"stories/authorization/{ONE}/revoke/": (WRITERS, WRITERS),
    f"stories/authorization/{ONE}/ask-again/": (WRITERS, WRITERS),
    f"appointments/receivingsystem/{ONE}/token/": ({"superuser"}, {"superuser"}),
    f"appointments/receivingsystem/{ONE}/revoke/": ({"superuser"}, {"superuser"}),
    f"directory/department/{ONE}/working-copy/": (NONE, WRITERS | {"coordinator lead", "administrator"}),
    f"directory/location/{ONE}/working-copy/": (NONE, WRITERS | {"coordinator lead", "administrator"}),
    f"directory/clinician/{ONE}/working-copy/": (NONE, WRITERS | {"administrator"}),
    f"news/newsitem/{ONE}/working-copy/": (NONE, WRITERS),
    "news/newsitem/<int:object_id>/preview/": (WRITERS | ERASERS, WRITERS | ERASERS),
    f"news/newsitem/{ONE}/publish/": (WRITERS, WRITERS),
    f"news/newsitem/{ONE}/unpublish/": (WRITERS, WRITERS),
    f"guides/guide/{ONE}/working-copy/": (NONE, WRITERS),
    f"guides/notice/{ONE}/working-copy/": (NONE, WRITERS | {"privacy officer"}),
    f"guides/guide/{ONE}/publish/": (WRITERS, WRITERS),
    f"guides/guide/{ONE}/unpublish/": (WRITERS, WRITERS),
}
ASKED = {  # with what an address is asked that needs more than the number of a row
    "autocomplete/": "autocomplete/?app_label=stories&model_name=story&field_name=conditions",
    "app_list": "conditions/",
    "(?P<url>.*)$": "nowhere/",
    "links/to/<str:kind>/<int:pk>/": "links/to/conditions.condition/{condition}/",
    "r/<path:content_type_id>/<path:object_id>/": "r/{condition_type}/{condition}/",
    "moving/<slug:name>/": "moving/departments/",
    "moving/<slug:name>.csv": "moving/departments.csv",
    f"conditions/edition/{ONE}/links/<int:link>/revoke/": "conditions/edition/{edition}/links/{link}/revoke/",
    "preview/<int:pk>/": "preview/{edition}/",
    "stories/story/<int:object_id>/paper/<str:language>/": "stories/story/{story}/paper/es/",
    "stories/authorization/<int:object_id>/paper/<str:language>/": "stories/authorization/{paper}/paper/en/",
}
HERE = [
    "app_list" if "app_label" in route else route.removeprefix("admin/")
    for route in routes(get_resolver())
    if route.startswith("admin/")
    and not route.startswith(("admin/appointments/request/", "admin/appointments/schedule/", "admin/outbox/"))
]


def staff(name, group):
    user = factories.staff(name.replace(" ", "-"))
    user.groups.set(Group.objects.filter(name=group))
    return user


@pytest.fixture(scope="module")
def cast(module_db):
    """A client for each role, made once."""
    users = {name: factories.administrator() if name == "superuser" else staff(name, name) for name in PEOPLE}
    clients = {name: Client() for name in users}
    for name, user in users.items():
        clients[name].force_login(user)
    return clients


@pytest.fixture
def people(db, cast):
    """A client for each role."""
    return {name: client.again() for name, client in cast.items()}


@pytest.fixture
def rows(db, settings, made):
    """One row of each model, by its label."""
    made_rows, media = made
    shutil.copytree(media, settings.MEDIA_ROOT)
    return made_rows


@pytest.fixture(scope="module")
def made(cast, tmp_path_factory):
    media = tmp_path_factory.mktemp("media")
    with override_settings(MEDIA_ROOT=media):
        return make_rows(), media


def make_rows():
    edition, department = factories.draft(), factories.department("own")
    story = factories.story()
    default_storage.save("a" * 64, ContentFile((settings.BASE_DIR / "sample/stories/pool.webp").read_bytes()))
    person = factories.staff("someone")
    system = ReceivingSystem.objects.create(name="Desk", networks="127.0.0.0/8")
    system.departments.add(department)
    return {
        "conditions/condition": edition.condition,
        "conditions/edition": edition,
        "conditions/glossaryterm": factories.term(),
        "conditions/pagefeedback": PageFeedback.objects.create(edition=factories.live("other"), helpful=True),
        "conditions/medicinewarning": MedicineWarning.objects.create(
            slug="m", medicine="m", kind="stopping", warning="w", known_by="m"
        ),
        "conditions/plainword": PlainWord.objects.create(word="a word of ours", plain="use"),
        "stories/story": story,
        "stories/authorization": story.authorizations.get(),
        "news/newsitem": factories.news(),
        "upkeep/tag": Tag.objects.create(name="x-ray"),
        "guides/guide": factories.guide(),
        "guides/notice": factories.notice(),
        "pictures/librarypicture": LibraryPicture.objects.create(name=f"{'a' * 64}-4.webp", width=4, height=3, alt="A pool"),
        "links/outsideaddress": OutsideAddress.objects.create(url="https://example.org/"),
        "directory/department": department,
        "directory/location": factories.location(),
        "directory/clinician": factories.clinician("cy-example"),
        "directory/closure": Closure.objects.create(department=department, day=date(2026, 12, 25)),
        "appointments/receivingsystem": system,
        "search/miss": Miss.objects.create(text="xylophone", language="en"),
        "audit/record": record(by="test", verb="tested", obj=person),
        "auth/user": person,
        "auth/group": Group.objects.create(name="empty"),
        "staff/invitation": renew(account=factories.staff("locked-out"), by="test"),
    }


def openers(people, method, address, may):
    """Who gets what they ask for. The first of those who may goes the whole way, the others ask the view."""
    first = next((name for name in people if name in may), "")
    return {name for name, client in people.items() if opens(client if name == first else AtTheView(client), method, address)}


def opens(client, method, address):
    """Whether the person gets what they asked for, rather than a refusal or nothing at all."""
    status = ask(client, method, address)[0]
    assert status in {200, 302, 400, 403, 404, 405}
    return status in {200, 302, 400}  # 400: what was sent by whoever may is not whole


def test_every_address_has_a_row():
    told = [*(f"{model}/{rest}" for model in ROWS for rest in NEEDS), *OTHERS]

    assert set(HERE) - set(told) == set(), "Say who may open it: a model in ROWS and make_rows, its buttons (verbs) in OTHERS."
    assert set(told) - set(HERE) == set(), "ROWS or OTHERS names an address that is not there. Is the model in the admin?"
    assert sorted(HERE) == sorted(told), "ROWS and OTHERS name an address twice."


def test_every_model_of_the_table_has_a_row_to_ask_about(rows):
    assert set(rows) == set(ROWS), "make_rows makes one row of each model in ROWS."


@pytest.mark.parametrize("model", ROWS)
def test_rows_are_seen_added_changed_and_deleted_by_whom_the_table_names(people, rows, model):
    rights = dict(zip(PEOPLE, ROWS[model].split(), strict=True))

    for rest, needs in NEEDS.items():
        address = f"/admin/{model}/" + rest.replace(ONE, str(rows[model].pk))
        for method, letters in needs.items():
            may = {name for name in rights if set(rights[name]) & set(letters)}
            assert (rest, method, openers(people, method, address, may)) == (rest, method, may)


@pytest.mark.parametrize("route", OTHERS)
def test_other_addresses_open_for_whom_the_table_names(people, rows, route):
    model = "/".join(route.split("/")[:2])
    edition = rows["conditions/edition"]
    link = PreviewLink.objects.create(
        edition=edition, for_whom="A nurse", expires_at=timezone.now(), made_by=rows["auth/user"]
    )
    numbers = {
        "condition": edition.condition_id,
        "condition_type": ContentType.objects.get_for_model(edition.condition).pk,
        "edition": edition.pk,
        "link": link.pk,
        "story": rows["stories/story"].pk,
        "paper": rows["stories/authorization"].pk,
    }
    plain = re.sub(r"<[^>]+>", str(rows[model].pk if model in rows else 0), route)
    address = "/admin/" + ASKED.get(route, plain).format(**numbers)

    asked = zip(("get", "post"), OTHERS[route], strict=True)
    assert [openers(people, method, address, may) for method, may in asked] == list(OTHERS[route])


def test_every_form_notices_a_colleague_who_saved_meanwhile(people, rows):
    forms = rows | {"appointments/schedule": rows["directory/clinician"]}
    found = {}
    for model, row in forms.items():
        address, client = f"/admin/{model}/{row.pk}/change/", people["superuser"]
        page = client.get(address)
        if page.context["has_change_permission"]:
            assert 'name="seen"' in page.text, model
            answers = [client.post(address, filled(page)) for _person in ("first", "second")]
            told = "This was changed while you were writing" in answers[1].text
            found[model] = ([answer.status_code for answer in answers], told)

    assert set(forms) - set(found) == {"conditions/pagefeedback", "search/miss", "audit/record", "staff/invitation"}
    assert {model: answer for model, answer in found.items() if answer != ([302, 200], True)} == {}


def kind_of(path, query):
    """Of the filters, orders and further pages of a list, which ask for the same right, one is enough: they were half of all pages."""
    found, keys = resolve(path), sorted({*parse_qs(query)} - {"_changelist_filters"})
    return (found.route, bool(keys)) if (found.url_name or "").endswith("_changelist") else (found.route, *keys[:1])


def refused_links(client):
    """(page, link) of what leads to a refusal or nowhere, from the first page on; of each kind of address one is followed."""
    seen, refused, todo = set(), set(), [("/admin/", "")]
    while todo:
        address, page = todo.pop()
        path, _mark, query = address.partition("?")
        if not path.startswith("/admin/") or "logout" in path:
            continue
        kind = kind_of(path, query)
        if kind in seen:
            continue
        seen.add(kind)
        answer = client.get(address)
        if answer.status_code in {403, 404}:
            refused.add((page, address))
        if answer.status_code == 200 and "text/html" in answer["Content-Type"]:
            shown = re.sub(r"<template.*?</template>", "", answer.text, flags=re.DOTALL)
            links = re.findall(r'(?:href|formaction|value)="((?:/|\?)[^"]*)"', shown)
            todo += [(urljoin(address, unescape(link)).partition("#")[0], address) for link in links]
    return refused


@pytest.mark.parametrize("person", PEOPLE)
def test_no_link_on_a_page_of_staff_leads_to_a_refusal(people, person, rows):
    rows["directory/clinician"].user = rows["auth/user"]
    rows["directory/clinician"].save()
    rows["stories/story"].point_at(rows["pictures/librarypicture"])
    rows["stories/story"].save()

    assert refused_links(people[person]) == set()


def test_an_upgrade_gives_new_permissions_to_the_groups_that_are_there_and_no_old_one_back(db):
    group = Group.objects.get(name="editor")
    group.permissions.clear()
    Permission.objects.filter(codename="add_plainword").delete()

    remember(apps)
    kind = ContentType.objects.get_for_model(PlainWord)
    Permission.objects.create(content_type=kind, codename="add_plainword", name="Can add plain word")
    make_roles(apps)

    assert [row.codename for row in group.permissions.all()] == ["add_plainword"]
