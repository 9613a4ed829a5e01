"""Nobody changes their own rights, superusers alone touch superusers, nobody gives what they lack; and every change is told."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core import mail
from django.urls import reverse

from foundation.audit.models import Record
from foundation.outbox.models import Message
from tests import factories
from tests.admin_forms import filled, told
from tests.clients import Client
from tests.outbox import deliver_one

pytestmark = pytest.mark.django_db
OWN = "Nobody changes their own rights. Ask another administrator."
SUPER = "Only a superuser changes or deletes the account of a superuser, its password and its second factors."


def member(username, role, **fields):
    user = factories.staff(username, **fields)
    user.groups.set(Group.objects.filter(name=role))
    return user


@pytest.fixture
def adam(db):
    return member("adam", "administrator", email="adam@example.org")


@pytest.fixture
def priya(db):
    return member("priya", "privacy officer", email="priya@example.org")


@pytest.fixture
def root(db):
    return factories.administrator("root")


@pytest.fixture
def browser(adam):
    browser = Client()
    browser.force_login(adam)
    return browser


def address(name, *rows):
    return reverse(f"admin:{name}", args=[row.pk for row in rows])


def sent(browser, name, *rows, **changes):
    """The form as a browser would send it, with what a program adds to it."""
    where = address(name, *rows)
    page = browser.get(where)
    return browser.post(where, filled(page, **changes), follow=True)


def faults(response):
    form = response.context["adminform"].form
    return {sentence for sentences in form.errors.values() for sentence in sentences}


def rights(user):
    user = User.objects.get(pk=user.pk)
    groups = list(user.groups.values_list("name", flat=True))
    return user.is_active, user.is_staff, user.is_superuser, groups, user.user_permissions.count()


def number(codename):
    return str(Permission.objects.get(codename=codename).pk)


# --- one's own --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forged",
    [
        {"is_superuser": "on"},
        {"is_staff": ""},
        {"is_active": "false"},
        {"groups": ["lead"]},
        {"groups": ["lead", "own"]},
        {"user_permissions": ["see_all_requests"]},
        {"is_superuser": "True", "first_name": "Adam"},
    ],
)
def test_nobody_changes_their_own_rights_whatever_is_sent(browser, adam, forged):
    before = rights(adam)
    numbers = {
        "lead": str(Group.objects.get(name="coordinator lead").pk),
        "own": str(Group.objects.get(name="administrator").pk),
        "see_all_requests": number("see_all_requests"),
    }
    data = {name: [numbers[v] for v in value] if isinstance(value, list) else value for name, value in forged.items()}

    response = sent(browser, "auth_user_change", adam, last_name="Typed", **data)

    assert faults(response) == {OWN}
    assert rights(adam) == before
    assert response.context["adminform"].form["last_name"].value() == "Typed"
    assert not Record.objects.filter(kind="auth.user", verb="changed").exists()


def test_superusers_do_not_change_their_own_either(root):
    browser = Client()
    browser.force_login(root)

    response = sent(browser, "auth_user_change", root, is_staff="0")

    assert faults(response) == {OWN}


def test_ones_own_name_can_be_changed_and_the_rights_are_shown(browser, adam):
    page = browser.get(address("auth_user_change", adam))
    response = sent(browser, "auth_user_change", adam, first_name="Adam")

    assert set(page.context["adminform"].form.fields) & {"is_superuser", "groups", "is_active"} == set()
    assert "administrator" in page.text
    assert OWN in page.text
    assert response.status_code == 200
    assert User.objects.get(pk=adam.pk).first_name == "Adam"
    assert Message.objects.count() == 0


def test_nobody_deletes_themselves(browser, adam):
    alone = browser.post(address("auth_user_delete", adam), {"post": "yes"}, follow=True)
    selected = {"action": "delete_selected", "_selected_action": [adam.pk], "post": "yes"}
    in_bulk = browser.post(address("auth_user_changelist"), selected, follow=True)

    sentence = "Nobody deletes their own account. Ask another administrator."
    assert told(alone) == [sentence]
    assert told(in_bulk) == [f"Nothing was deleted. {sentence}"]
    assert User.objects.filter(pk=adam.pk).exists()


# --- superusers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["auth_user_change", "auth_user_delete"])
def test_administrators_do_not_touch_superusers(browser, root, name):
    before = (rights(root), User.objects.get(pk=root.pk).password)

    response = browser.post(address(name, root), {"username": "root", "post": "yes"}, follow=True)

    assert told(response) == [SUPER]
    assert (rights(root), User.objects.get(pk=root.pk).password) == before


def test_administrators_do_not_delete_superusers_or_their_factors_in_bulk(browser, root):
    sam = factories.staff("sam")
    Client().force_login(root)
    factor = root.authenticator_set.get()
    selected = {"action": "delete_selected", "post": "yes"}
    lost = {"factors": [factor.pk], "reason": "lost"}

    people = browser.post(address("auth_user_changelist"), selected | {"_selected_action": [sam.pk, root.pk]}, follow=True)
    answers = [
        browser.post(address(name, root), sent) for name, sent in {"auth_user_renew": lost, "auth_user_leave": {}}.items()
    ]

    assert told(people) == [f"Nothing was deleted. {SUPER}"]
    assert all(SUPER in answer.text for answer in answers)
    assert User.objects.filter(pk__in=[sam.pk, root.pk]).count() == 2
    assert root.authenticator_set.count() == 1


def test_administrators_make_no_superuser(browser):
    sam = factories.staff("sam")

    changed = sent(browser, "auth_user_change", sam, is_superuser="on")

    assert faults(changed) == {"Only a superuser can make or unmake a superuser."}
    assert not User.objects.filter(is_superuser=True).exists()


def test_superusers_make_and_unmake_superusers(root):
    browser, sam = Client(), factories.staff("sam")
    browser.force_login(root)

    sent(browser, "auth_user_change", sam, is_superuser="on")
    made = rights(sam)[2]
    sent(browser, "auth_user_change", sam, is_superuser="")

    assert (made, rights(sam)[2]) == (True, False)


# --- what one does not have oneself -----------------------------------------------------------------------------------


def test_administrators_give_roles_and_their_own_permissions_and_no_others(browser):
    sam = factories.staff("sam")
    role = str(Group.objects.get(name="coordinator").pk)

    given = sent(browser, "auth_user_change", sam, groups=[role], user_permissions=[number("view_group")])
    refused = sent(browser, "auth_user_change", sam, user_permissions=[number("see_all_requests"), number("view_group")])

    assert told(given) == ['The user “<a href="' + address("auth_user_change", sam) + '">sam</a>” was changed successfully.']
    assert [fault[:54] for fault in faults(refused)] == ["You can give only permissions that you have yourself. "]
    assert "Can see the requests of every department" in str(faults(refused))
    assert rights(sam)[3:] == (["coordinator"], 1)


@pytest.mark.parametrize(
    ("role", "added", "sentence"),
    [
        ("administrator", "see_all_requests", "You are in this group"),
        ("administrator", "view_session", "You are in this group"),
        ("editor", "see_all_requests", "You can give only permissions that you have yourself."),
        ("editor", "erase_request", "You can give only permissions that you have yourself."),
    ],
)
def test_permissions_of_a_group_go_no_further_than_ones_own(browser, role, added, sentence):
    group = Group.objects.get(name=role)
    before = set(group.permissions.all())
    numbers = [str(row.pk) for row in before] + [number(added)]

    response = sent(browser, "auth_group_change", group, permissions=numbers)

    assert [fault.startswith(sentence) for fault in faults(response)] == [True]
    assert set(group.permissions.all()) == before


def test_a_new_group_holds_only_what_its_maker_has(browser):
    refused = browser.post(address("auth_group_add"), {"name": "Trick", "permissions": [number("see_all_requests")]})
    made = browser.post(address("auth_group_add"), {"name": "Helpers", "permissions": [number("view_user")]})

    assert [fault[:20] for fault in faults(refused)] == ["You can give only pe"]
    assert made.status_code == 302
    assert not Group.objects.filter(name="Trick").exists()


def test_ones_own_group_is_not_deleted(browser):
    group = Group.objects.get(name="administrator")
    selected = {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"}

    answers = [
        browser.post(address("auth_group_delete", group), {"post": "yes"}, follow=True),
        browser.post(address("auth_group_changelist"), selected, follow=True),
    ]

    assert all("You are in this group" in told(answer)[0] for answer in answers)
    assert Group.objects.filter(name="administrator").exists()


# --- departments and clinicians ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["administrator", "coordinator lead", "superuser"])
def test_nobody_names_or_takes_out_themselves_as_coordinator(who):
    user = factories.administrator("me") if who == "superuser" else member("me", who)
    browser, department, other = Client(), factories.department(), factories.department("orthopedics")
    other.coordinators.add(user)
    browser.force_login(user)

    named = sent(browser, "directory_department_change", department, coordinators=[str(user.pk)])
    left = sent(browser, "directory_department_change", other, coordinators=[])

    assert [fault[:34] for fault in faults(named) | faults(left)] == ["Nobody changes their own rights: a"]
    assert (department.coordinators.count(), other.coordinators.count()) == (0, 1)


def test_a_colleague_is_named_as_coordinator_and_the_officer_is_told(browser, priya):
    cora, department = factories.staff("cora", "work_requests"), factories.department()

    sent(browser, "directory_department_change", department, coordinators=[str(cora.pk)])

    assert list(department.coordinators.all()) == [cora]
    assert [letter.to for letter in letters()] == [["priya@example.org"]]


def test_a_department_changed_otherwise_is_told_to_nobody(browser, priya):
    sent(browser, "directory_department_change", factories.department(), phone="212 555 0102")

    assert letters() == []


def test_nobody_links_their_own_account_to_a_clinician(browser, adam):
    row = factories.clinician()

    response = sent(browser, "directory_clinician_change", row, user=str(adam.pk))

    assert [fault[:34] for fault in faults(response)] == ["Nobody changes their own rights: a"]
    row.refresh_from_db()
    assert row.user is None


# --- who is told ------------------------------------------------------------------------------------------------------


def letters():
    while deliver_one():
        pass
    return mail.outbox


def test_officer_and_person_are_told_of_every_change_without_secrets(browser, priya):
    sam = factories.staff("sam", email="sam@example.org")
    role = Group.objects.get(name="coordinator lead")

    sent(browser, "auth_user_change", sam, groups=[str(role.pk)], first_name="Sammy")

    [letter] = letters()
    assert letter.to == ["priya@example.org", "sam@example.org"]
    assert letter.subject == "Rights changed: sam"
    assert "adam changed “sam”. It is about what somebody may do or see, or how they sign in." in letter.body
    assert "- groups: “coordinator lead”" in letter.body
    assert "Sammy" not in letter.body
    assert sam.password not in letter.body


def test_an_address_to_which_links_will_go_is_told(browser, priya):
    sent(browser, "auth_user_change", factories.staff("sam", email="sam@example.org"), email="sam@example.com")

    [letter] = letters()
    assert letter.to == ["priya@example.org", "sam@example.com"]
    assert "sam@" not in letter.body


def test_a_change_of_a_name_alone_is_told_to_nobody(browser, priya):
    sent(browser, "auth_user_change", factories.staff("sam"), first_name="Sammy")

    assert letters() == []


def test_without_an_officer_superusers_are_told_and_an_officer_put_out_learns_of_it(browser, priya, root):
    User.objects.filter(pk=root.pk).update(email="root@example.org")

    sent(browser, "auth_user_change", priya, is_active="")

    assert [letter.to for letter in letters()] == [["priya@example.org", "root@example.org"]]


@pytest.mark.parametrize("change", ["group", "deleted group", "deleted account"])
def test_groups_and_accounts_that_come_and_go_are_told_too(browser, priya, change):
    sam, group = factories.staff("sam"), Group.objects.create(name="empty")
    if change == "group":
        sent(browser, "auth_group_change", group, permissions=[number("view_user")])
    elif change == "deleted group":
        group.permissions.add(Permission.objects.get(codename="view_user"))
        browser.post(address("auth_group_delete", group), {"post": "yes"})
    else:
        browser.post(address("auth_user_delete", sam), {"post": "yes"})

    assert [letter.to for letter in letters()] == [["priya@example.org"]]


@pytest.mark.parametrize("way", ["permissions", "deleted"])
def test_officers_learn_that_their_group_is_no_longer_one_of_officers(browser, priya, way):
    group = Group.objects.get(name="privacy officer")

    if way == "permissions":
        sent(browser, "auth_group_change", group, permissions=[number("view_record")])
    else:
        browser.post(address("auth_group_delete", group), {"post": "yes"})

    assert not User.objects.get(pk=priya.pk).has_perm("appointments.erase_request")
    assert [letter.to for letter in letters()] == [["priya@example.org"]]


@pytest.mark.parametrize("email", ["adam@example.org", "", "priya@example.com"])
def test_mail_to_the_officer_is_not_led_elsewhere(browser, priya, email):
    response = sent(browser, "auth_user_change", priya, email=email)

    assert "This person is told of every change of rights at this address." in response.text
    assert User.objects.get(pk=priya.pk).email == "priya@example.org"


def test_address_of_anybody_else_and_a_first_one_of_the_officer_are_changed(browser, priya, root):
    sam = factories.staff("sam", email="sam@example.org")
    sent(browser, "auth_user_change", sam, email="sam@example.com")
    User.objects.filter(pk=priya.pk).update(email="")
    sent(browser, "auth_user_change", priya, email="first@example.org")
    superuser = Client()
    superuser.force_login(root)
    sent(superuser, "auth_user_change", priya, email="second@example.org")

    assert User.objects.get(pk=sam.pk).email == "sam@example.com"
    assert User.objects.get(pk=priya.pk).email == "second@example.org"


@pytest.mark.parametrize("bulk", [False, True])
def test_officer_is_not_deleted_before_they_could_learn_of_it(browser, priya, bulk):
    if bulk:
        selected = {"action": "delete_selected", "_selected_action": [priya.pk], "post": "yes"}
        response = browser.post(address("auth_user_changelist"), selected, follow=True)
    else:
        response = browser.post(address("auth_user_delete", priya), {"post": "yes"}, follow=True)

    assert "Take that right away first, so that they learn of it." in told(response)[0]
    assert User.objects.filter(pk=priya.pk).exists()


def test_changes_of_rights_stand_on_the_officers_first_page(browser, priya):
    sent(browser, "auth_user_change", factories.staff("sam"), is_staff="")
    officer = Client()
    officer.force_login(priya)

    [waiting] = [each for each in officer.get("/admin/").context["waiting"] if each.title == "Changes of rights this week"]

    assert [thing.text for thing in waiting.things] == ["sam"]
    assert waiting.things[0].note.startswith("adam changed, ")
    assert officer.get(waiting.things[0].address).status_code == 200
    assert officer.get(waiting.every).status_code == 200
    assert not [each for each in browser.get("/admin/").context["waiting"] if each.title == waiting.title]


def test_departments_that_nobody_receives_for_stand_on_the_administrators_first_page(browser):
    factories.department("orthopedics", inbox="ortho@example.org")
    factories.department("mri", takes_requests=False)
    factories.request()

    [waiting] = [each for each in browser.get("/admin/").context["waiting"] if each.title == "Nobody receives their requests"]

    assert [(thing.text, thing.note) for thing in waiting.things] == [
        ("Rheumatology", "no inbox, and no coordinator who can sign in; 1 request is open")
    ]


@pytest.mark.parametrize(("typed", "stored"), [("Nurse\u200b Li\u00adne", "Nurse Line"), ("Desk\x0b\u202e", "Desk")])
def test_name_of_a_group_is_stored_without_what_nobody_sees(root, typed, stored):
    browser = Client()
    browser.force_login(root)
    address = reverse("admin:auth_group_add")

    browser.post(address, filled(browser.get(address), name=typed))

    assert Group.objects.filter(name=stored).count() == 1


def test_group_needs_a_name_that_can_be_seen(root):
    browser = Client()
    browser.force_login(root)
    address = reverse("admin:auth_group_add")
    before = Group.objects.count()

    assert browser.post(address, filled(browser.get(address), name="\u200b\u3164")).status_code == 200
    assert Group.objects.count() == before
