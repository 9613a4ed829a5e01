"""The staff's groups: made by `migrate`, and what each can and cannot do."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from portal.staff.roles import make_roles, roles
from tests import factories


def member(role, *departments):
    """A person with one role, who coordinates these departments."""
    user = factories.staff(role.replace(" ", "-"))
    user.groups.set(Group.objects.filter(name=role))
    user.coordinated_departments.set(departments)
    return user


def address(name, *args):
    return reverse(f"admin:{name}", args=args)


def status(client, user, where, method="get"):
    client.force_login(user)
    return getattr(client, method)(where).status_code


@pytest.mark.parametrize("role", roles())
def test_migrate_makes_each_group_with_exactly_its_permissions(db, role):
    found = Group.objects.get(name=role).permissions.select_related("content_type")

    assert sorted(f"{row.content_type.app_label}.{row.codename}" for row in found) == sorted(roles()[role])


def test_migrate_leaves_a_group_as_the_hospital_changed_it(db):
    group = Group.objects.get(name="coordinator")
    group.permissions.clear()

    make_roles(apps)

    assert group.permissions.count() == 0


def test_migrate_makes_no_group_before_its_permissions_exist(db):
    Group.objects.all().delete()
    Permission.objects.filter(codename="sign_off_edition").delete()

    make_roles(apps)

    assert set(roles()) - set(Group.objects.values_list("name", flat=True)) == {"clinical reviewer"}


SEES = {
    "coordinator": {"appointments_request", "outbox_message"},
    "coordinator lead": {
        "appointments_request",
        "outbox_message",
        "directory_department",
        "directory_location",
        "directory_clinician",
        "directory_closure",
    },
    "editor": {
        "conditions_condition",
        "conditions_edition",
        "stories_story",
        "news_newsitem",
        "directory_department",
        "directory_location",
        "directory_clinician",
    },
    "clinical reviewer": {"conditions_condition", "conditions_edition"},
    "privacy officer": {"appointments_request", "outbox_message", "audit_record", "stories_story", "news_newsitem"},
    "administrator": {
        "auth_user",
        "auth_group",
        "directory_department",
        "directory_location",
        "directory_clinician",
        "directory_closure",
        "audit_record",
    },
}
LISTS = sorted(set().union(*SEES.values()))


@pytest.mark.parametrize("role", roles())
def test_each_role_opens_its_lists_and_no_other(client, db, role):
    user = member(role)

    found = {name for name in LISTS if status(client, user, address(f"{name}_changelist")) == 200}

    assert found == SEES[role]


@pytest.mark.parametrize(
    ("role", "own", "others"),
    [
        ("coordinator", 200, 403),
        ("coordinator lead", 200, 200),
        ("privacy officer", 200, 200),
        ("editor", 403, 403),
        ("clinical reviewer", 403, 403),
        ("administrator", 403, 403),
    ],
)
def test_each_role_reads_cases_of_its_departments(client, db, role, own, others):
    mine, theirs = factories.department("rheumatology"), factories.department("orthopedics")
    user = member(role, mine)
    cases = [factories.request(c * 64, department=department) for c, department in (("a", mine), ("b", theirs))]

    found = [status(client, user, address("appointments_request_change", case.pk)) for case in cases]

    assert found == [own, others]


VERBS = (
    "take",
    "attempt",
    "offer",
    "confirm",
    "ask",
    "note",
    "hand-over",
    "merge",
    "close",
    "reopen",
    "new-link",
    "undo",
    "erase",
)


@pytest.mark.parametrize("role", ["clinical reviewer", "administrator"])  # the others stand in `test_appointments_access`
def test_role_is_shown_no_verb(client, db, role):
    department = factories.department()
    user = member(role, department)
    case = factories.request(department=department)

    found = {name for name in VERBS if status(client, user, address(f"appointments_request_{name}", case.pk)) == 200}

    assert found == set()


def test_editor_cannot_make_herself_a_coordinator(client, db):
    department = factories.department()
    user = member("editor")
    client.force_login(user)

    page = client.get(address("directory_department_change", department.pk))

    assert "coordinators" not in page.context["adminform"].form.fields


def test_coordinator_lead_names_coordinators(client, db):
    department = factories.department()
    client.force_login(member("coordinator lead"))

    page = client.get(address("directory_department_change", department.pk))

    assert "coordinators" in page.context["adminform"].form.fields
