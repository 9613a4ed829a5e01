"""Colleagues come by an invitation and leave by one act; what they lost is set anew by a link."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from appointments.actions.calendar_feed import make_feed
from appointments.models import CalendarFeed
from conditions.models import Edition, PreviewLink
from conditions.preview_links import make_link
from foundation.audit.models import Record
from foundation.workflow import Refused
from portal.staff.invitations import address_of, invite, renew, send_again, take_back, take_up
from portal.staff.models import Invitation
from tests import factories
from tests.admin_forms import told
from tests.clients import Client
from tests.one_time_codes import code
from tests.outbox import deliver_one
from tests.parallel import at_once
from tests.test_portal_rights import member
from tests.test_portal_signin_factor import CODE, LOGIN, PASSWORD, both

pytestmark = pytest.mark.django_db
ADD = reverse("admin:auth_user_add")
WORDS = {"new_password1": PASSWORD, "new_password2": PASSWORD}


@pytest.fixture
def adam(db):
    return member("adam", "administrator", email="adam@example.org", first_name="Adam", last_name="Demo")


@pytest.fixture
def priya(db):
    return member("priya", "privacy officer", email="priya@example.org")


def signed_in(user):
    browser = Client()
    browser.force_login(user)
    return browser


def role(name):
    return Group.objects.get(name=name)


def invited(by, email="dana.sample@example.org", name="Dana Sample", **rights):
    return invite(by=by, name=name, email=email, **{"role": role("coordinator")} | rights)


def letters():
    while deliver_one():
        pass
    return {letter.subject: letter for letter in mail.outbox}


def secret_on(page):
    return re.search(r"<code>([A-Z2-7]+)</code>", page.text)[1]


def sealed_on(page):
    return re.search(r'name="sealed" value="([^"]+)"', page.text)[1]


def join(link, browser=None, **changes):
    browser = browser or Client()
    page = browser.get(link)
    return browser.post(link, WORDS | {"sealed": sealed_on(page), "code": code(secret_on(page))} | changes)


def page_of(user, name="change"):
    return reverse(f"admin:auth_user_{name}", args=[user.pk])


# --- inviting ---------------------------------------------------------------------------------------------------------


def test_colleague_is_invited_on_one_page_and_starts_from_the_mail(adam, priya, settings):
    department, clinician = factories.department(), factories.clinician()
    rights = {"role": role("coordinator").pk, "departments": [department.pk], "clinician": clinician.pk}

    answer = signed_in(adam).post(ADD, {"name": "Dana Sample", "email": "Dana.Sample@example.org", **rights})
    [link] = re.findall(r"http\S+/accounts/invitation/\S+", letters()[f"Your invitation to {settings.SITE_NAME}"].body)
    browser = Client()
    started = join(link, browser)

    dana = User.objects.get(username="dana.sample")
    assert answer["Location"] == reverse("admin:staff_invitation_change", args=[Invitation.objects.get().pk])
    assert started["Location"] == "/admin/"
    assert "Keep your recovery codes" in browser.get("/admin/").text
    assert browser.get(reverse("mfa_view_recovery_codes")).status_code == 200
    assert (dana.get_full_name(), dana.email, dana.is_staff, dana.is_superuser) == (
        "Dana Sample",
        "Dana.Sample@example.org",
        True,
        False,
    )
    assert list(dana.groups.all()) == [role("coordinator")]
    assert list(dana.coordinated_departments.all()) == [department]
    assert dana.clinician == clinician
    assert [name for name in browser.cookies if name.startswith("device-")] != []


def test_officer_is_told_of_invitation_and_arrival_without_name_or_address(adam, priya):
    invitation = invited(adam)
    join(address_of(invitation))

    told_of = [letter for subject, letter in letters().items() if subject.startswith("Rights changed")]
    assert [letter.to for letter in told_of] == [["priya@example.org"], ["dana.sample@example.org", "priya@example.org"]]
    assert "role: “coordinator”" in told_of[0].body
    assert not [letter for letter in told_of if "Dana" in letter.body or "example.org" in letter.body.replace("http", "")]
    [waiting] = [
        each for each in signed_in(priya).get("/admin/").context["waiting"] if each.title == "Changes of rights this week"
    ]
    assert [thing.note.partition(",")[0] for thing in waiting.things] == [
        "dana.sample took up the invitation for",
        "adam sent",
    ]
    assert not Record.objects.filter(label__icontains="Dana Sample").exists()


@pytest.mark.parametrize(
    ("right", "sent", "fault"),
    [
        ("add_user", {"role": "administrator"}, "Select a valid choice"),
        ("add_user", {"email": "adam@example.org"}, "adam has an account with this address."),
        ("add_user", {"email": "KIM@example.org"}, "Somebody was invited at this address already."),
        ("add_user", {"email": ""}, "This field is required."),
        ("", {}, ""),
    ],
)
def test_nobody_invites_beyond_their_own_rights_or_somebody_who_is_here(adam, right, sent, fault):
    invited(adam, email="kim@example.org")
    helpers = Group.objects.create(name="helpers")
    helpers.permissions.set(role("coordinator").permissions.filter(codename="view_message"))
    inviter = factories.staff("lena", *filter(None, [right, "view_message"]))
    data = {"name": "Dana", "email": "dana@example.org", "role": helpers.pk} | sent
    data["role"] = role(data["role"]).pk if isinstance(data["role"], str) else data["role"]
    before = Invitation.objects.count()

    answer = signed_in(inviter).post(ADD, data | {"departments": [factories.department().pk]})

    assert answer.status_code == (200 if right else 403)
    assert fault in answer.text
    assert Invitation.objects.count() == before


def test_rights_beyond_ones_own_are_refused_whatever_the_form_was(adam):
    lena = factories.staff("lena", "add_user")
    refused = [
        {"role": role("administrator")},
        {"role": Group.objects.create(name="none"), "departments": [factories.department()]},
        {"role": Group.objects.get(name="none"), "clinician": factories.clinician()},
    ]

    for rights in refused:
        with pytest.raises(Refused):
            invited(lena, **rights)


def test_without_mail_the_link_is_shown_once_to_hand_over(adam, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    browser = signed_in(adam)
    page = browser.post(ADD, {"name": "Dana Sample", "email": "dana@example.org", "role": role("editor").pk})

    asked = browser.get(page["Location"])
    shown = [browser.post(page["Location"]).context["link"] for _time in range(2)]

    assert "link" not in asked.context or "/accounts/invitation/" not in asked.text
    assert [Client().get(link).status_code for link in shown] == [410, 200]
    assert join(shown[1])["Location"] == "/admin/"


@pytest.mark.parametrize(("reached", "name"), [(True, "link"), (False, "send-again")])
def test_verb_whose_button_is_not_shown_is_not_done_by_its_address(adam, settings, reached, name):
    if not reached:
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    invitation = invited(adam)
    address = reverse(f"admin:staff_invitation_{name}", args=[invitation.pk])

    answers = [getattr(signed_in(adam), method)(address, follow=True) for method in ("get", "post")]

    assert {answer.redirect_chain[0][0] for answer in answers} == {
        reverse("admin:staff_invitation_change", args=[invitation.pk])
    }
    assert "cannot be done as things stand now" in answers[1].text
    assert Invitation.objects.get().token_hash == invitation.token_hash


# --- taking it up -----------------------------------------------------------------------------------------------------


def _closed_links(adam):
    """(what became of it, its link)."""
    root = factories.administrator("root")
    used = invited(adam, email="used@example.org")
    join(address_of(used))
    taken_back, replaced = invited(adam, email="back@example.org"), invited(adam, email="again@example.org")
    take_back(invitation=taken_back, by=adam)
    old = address_of(replaced)
    send_again(invitation=replaced, by=adam)
    gone = member("gone", "administrator")
    of_gone, of_closed = invited(gone, email="gone@example.org"), renew(account=factories.staff("kim"), by=root)
    gone.groups.clear()
    User.objects.filter(username="kim").update(is_active=False)
    with time_machine.travel(timezone.now() - timedelta(days=3, minutes=1)):
        ran_out = invited(root, email="out@example.org")
    return {
        "used": address_of(used),
        "taken back": address_of(taken_back),
        "replaced": old,
        "inviter lost the right": address_of(of_gone),
        "account closed": address_of(of_closed),
        "ran out": address_of(ran_out),
        "never was": reverse("invitation", args=["x" * 43]),
    }


def test_link_that_was_used_ran_out_or_was_taken_back_says_so_kindly(adam):
    links = _closed_links(adam)
    before = User.objects.count()

    answers = {name: [Client().get(link), Client().post(link, WORDS)] for name, link in links.items()}

    assert {name: {answer.status_code for answer in both} for name, both in answers.items()} == {name: {410} for name in links}
    assert all("This link does not open any more" in answer.text for both in answers.values() for answer in both)
    assert [name for name, both in answers.items() if "It was used already" in both[0].text] == ["used"]
    assert User.objects.count() == before


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"code": "000000"}, "This is not the code that the app shows now."),
        ({"code": ""}, "Type the six digits that the app shows now."),
        ({"sealed": "k1.AAAA"}, "This is not the code that the app shows now."),
        ({"new_password2": "another one entirely"}, "The two password fields didn’t match."),
        ({"new_password1": "dana.sample", "new_password2": "dana.sample"}, "The password is too similar to the username."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(adam, changes, fault):
    link = address_of(invited(adam))
    browser, before = Client(), User.objects.count()

    page = join(link, browser, **changes)

    assert fault in page.text
    assert User.objects.count() == before
    assert browser.get("/admin/").status_code == 302
    if "sealed" not in changes:  # the app keeps what it scanned
        again = browser.post(link, WORDS | {"sealed": sealed_on(page), "code": code(secret_on(page))})
        assert again["Location"] == "/admin/"


def test_passkey_is_set_up_in_place_of_the_app_and_nothing_opens_before(adam):
    browser = Client()

    answer = join(address_of(invited(adam)), browser, code="", passkey="1")

    assert answer["Location"] == reverse("mfa_add_webauthn")
    assert browser.get(answer["Location"]).status_code == 200
    assert browser.get("/admin/").status_code == 302
    assert not Authenticator.objects.filter(user__username="dana.sample").exists()


def test_button_pressed_twice_leads_inside_and_user_names_are_free(adam):
    factories.staff("Dana.Sample")
    link, browser = address_of(invited(adam)), Client()
    page = browser.get(link)
    words = WORDS | {"sealed": sealed_on(page), "code": code(secret_on(page))}

    pressed = [browser.post(link, words)["Location"] for _time in range(2)]

    assert pressed == ["/admin/", "/admin/"]
    assert User.objects.filter(username="dana.sample2").exists()


@pytest.mark.databases
def test_two_who_press_at_once_make_one_account(own):
    invitation = invited(member("adam", "administrator"))

    def press(number):
        row = Invitation.objects.get(pk=invitation.pk)
        return take_up(invitation=row, account=User(username=f"dana{number}"), password=PASSWORD, secret="")

    found = at_once(press, range(4))

    assert User.objects.filter(username__startswith="dana").count() == 1
    assert sum(isinstance(each, User) for each in found) == 1


# --- what was lost ----------------------------------------------------------------------------------------------------


def with_app(username="sam", **fields):
    user = factories.staff(username, **fields)
    return user, signed_in(user)


def test_lost_password_is_set_anew_and_the_second_factor_stays(adam, priya, settings):
    sam, inside = with_app(email="sam@example.org")

    answer = signed_in(adam).post(page_of(sam, "renew"), {"reason": "password"}, follow=True)
    [link] = re.findall(r"http\S+/accounts/invitation/\S+", letters()[f"Your sign-in for {settings.SITE_NAME}"].body)
    page = Client().get(link)
    new = {"new_password1": "quite another password", "new_password2": "quite another password"}
    done = Client().post(link, new)

    assert told(answer) == ["sam gets a mail with a link."]
    assert inside.get("/admin/stay/").url.startswith(LOGIN)
    assert "Open an authenticator app" not in page.text
    assert done["Location"] == LOGIN
    assert Client().post(LOGIN, {"login": "sam", "password": "quite another password"}).url == CODE
    assert letters()["Rights changed: sam"].to == ["priya@example.org", "sam@example.org"]


def test_one_of_two_lost_factors_is_taken_away_without_a_link(adam):
    sam, _inside = with_app()
    key = Authenticator.objects.create(user=sam, type="webauthn", data={"name": "Old phone", "credential": {}})
    browser = signed_in(adam)

    assert "Old phone" in browser.get(page_of(sam)).text
    answer = browser.post(page_of(sam, "renew"), {"factors": [key.pk], "reason": "stolen"}, follow=True)

    assert told(answer) == ["It is taken away. sam still has another one to sign in with."]
    assert Invitation.objects.count() == 0
    row = Record.objects.get(verb="took away second factors of")
    assert row.lines == ["reason: “It was stolen”", "second factors: “WebAuthn”"]


def test_nobody_resets_their_own_and_a_newer_link_replaces_the_older(adam):
    sam = factories.staff("sam", email="sam@example.org")
    first, second = renew(account=sam, by=adam), renew(account=sam, by=adam)

    assert [Client().get(address_of(link)).status_code for link in (first, second)] == [410, 200]
    for own_or_unreached in (adam, member("olga", "privacy officer")):
        with pytest.raises(Refused):
            renew(account=own_or_unreached, by=adam)


def test_own_and_closed_sign_in_is_not_reset_and_the_page_says_why(adam):
    closed, browser = factories.staff("kim", email="kim@example.org", is_active=False), signed_in(adam)

    answers = [browser.post(page_of(account, "renew"), {"reason": "password"}).text for account in (adam, closed)]

    assert "What you lost yourself, another administrator takes away." in answers[0]
    assert "This account is closed: a link would open nothing." in answers[1]
    assert Invitation.objects.count() == 0


# --- the page of a person, and leaving --------------------------------------------------------------------------------


@pytest.fixture
def cory(db):
    """Has something of everything that is handed on or closed."""
    user = member("cory", "coordinator", email="cory@example.org", first_name="Cory", last_name="Sample")
    user.groups.add(role("editor"), role("clinical reviewer"), role("administrator"))
    clinician = factories.clinician(user=user)
    own, shared = factories.department(), factories.department("orthopedics")
    own.coordinators.add(user)
    shared.coordinators.add(user, factories.coordinator("otto", shared))
    factories.request(department=own, taken_by=user)
    draft = factories.draft(factories.condition(owner=user))
    draft.authors.add(user)
    factories.draft(factories.condition("sapho")).asked.add(clinician)
    make_link(edition=draft, by=user, for_whom="A nurse", days=3)
    make_feed(clinician=clinician, by=user)
    invited(user)
    return user


def colleagues():
    nora = member("nora", "coordinator", first_name="Nora")
    edda = member("edda", "editor", email="edda@example.org")
    rhea = member("rhea", "clinical reviewer")
    factories.clinician("rhea-example", user=rhea)
    return {"departments": nora, "requests": nora, "pages": edda, "texts": edda, "signing": rhea}


def test_page_of_a_person_shows_how_they_sign_in_and_what_they_work_on(adam, cory):
    signed_in(cory).get("/admin/")

    page = signed_in(adam).get(page_of(cory))

    shown = re.sub(r"\s+", " ", re.sub("<[^>]+>", "", page.text))
    for words in (
        "Departments that nobody else receives requests for (1) Rheumatology",
        "Pages they keep up to date (1) Condition crmo",
        "Texts that wait for their signature (1)",
        "Invited, and not here yet Dana Sample",
        "TOTP Authenticator, set up",
    ):
        assert words in shown
    assert "argon2" not in page.text
    assert [label for _address, label in page.context["buttons"]] == ["Reset sign-in", "Record that they leave"]
    assert signed_in(cory).get(page_of(cory)).context["buttons"] == []


def test_everything_of_who_leaves_is_handed_on_and_closed_in_one_act(adam, priya, cory):
    inside, to, browser = signed_in(cory), colleagues(), signed_in(adam)
    asked = browser.get(page_of(cory, "leave"))

    answer = browser.post(page_of(cory, "leave"), {name: user.pk for name, user in to.items()}, follow=True)

    assert set(asked.context["form"].fields) == set(to)
    assert told(answer) == ["Cory Sample left. What they worked on is with the colleagues you named."]
    assert inside.get("/admin/").url.startswith(LOGIN)
    cory.refresh_from_db()
    assert (cory.is_active, cory.has_usable_password(), cory.coordinated_departments.count()) == (False, False, 0)
    assert list(to["requests"].taken_requests.values_list("department__slug", flat=True)) == ["rheumatology"]
    assert list(to["departments"].coordinated_departments.values_list("slug", flat=True)) == ["rheumatology"]
    assert list(to["pages"].owned_conditions.values_list("slug", flat=True)) == ["crmo"]
    assert list(to["texts"].written_editions.values_list("condition__slug", flat=True)) == ["crmo"]
    assert list(to["signing"].clinician.asked_editions.values_list("condition__slug", flat=True)) == ["sapho"]
    left = (
        CalendarFeed.objects,
        PreviewLink.objects.working(),
        Invitation.objects.working(),
        UserSession.objects.filter(user=cory),
    )
    assert [rows.count() for rows in left] == [0, 0, 0, 0]
    assert not Authenticator.objects.filter(user=cory).exists()
    assert Record.objects.filter(actor="adam", verb="recorded the leaving of", label="cory").count() == 1
    assert letters()["Rights changed: cory"].to == ["cory@example.org", "priya@example.org"]


def test_leaving_is_all_or_nothing_and_asks_for_everything(adam, cory):
    to = colleagues()
    browser = signed_in(adam)
    missing = browser.post(page_of(cory, "leave"), {})
    strange = {name: user.pk for name, user in to.items()} | {
        "requests": factories.coordinator("mia", factories.department("mri")).pk
    }

    refused = browser.post(page_of(cory, "leave"), strange)

    assert {name for name, errors in missing.context["form"].errors.items() if errors} == set(to)
    assert "mia does not work on requests of this department." in refused.text
    cory.refresh_from_db()
    assert cory.is_active
    assert cory.owned_conditions.count() == 1
    assert to["departments"].coordinated_departments.count() == 0


@pytest.mark.parametrize(
    ("duty", "words"), [("texts", "is asked to sign “Condition crmo"), ("signing", "wrote “Condition sapho")]
)
def test_no_text_goes_to_who_would_write_and_sign_it(adam, cory, duty, words):
    to = colleagues()
    both = member("rob", "editor")
    both.groups.add(role("clinical reviewer"))
    Edition.objects.get(condition__slug="crmo").asked.add(factories.clinician("rob-example", user=both))
    Edition.objects.get(condition__slug="sapho").authors.add(both)

    sent = {name: user.pk for name, user in to.items()} | {duty: both.pk}
    refused = signed_in(adam).post(page_of(cory, "leave"), sent)

    assert words in refused.text
    cory.refresh_from_db()
    assert cory.is_active


def test_nobody_records_that_they_leave_themselves(adam):
    answer = signed_in(adam).post(page_of(adam, "leave"), {})

    assert "Another administrator records that you leave." in answer.text
    assert User.objects.get(pk=adam.pk).is_active


def test_invitations_that_nobody_took_up_stand_on_the_administrators_first_page(adam):
    with time_machine.travel(datetime(2026, 11, 1, 12, tzinfo=UTC)):
        invited(adam, email="old@example.org", name="Old Sample")
    invited(adam)

    [waiting] = [
        each for each in signed_in(adam).get("/admin/").context["waiting"] if each.title == "Invited, and not here yet"
    ]

    assert [(thing.text, thing.note.partition(",")[0]) for thing in waiting.things] == [
        ("Old Sample", "ran out"),
        ("Dana Sample", "waits to be taken up"),
    ]


# --- commands ---------------------------------------------------------------------------------------------------------


def said_by(name, *words, **options):
    out = StringIO()
    call_command(name, *words, stdout=out, **options)
    return out.getvalue()


def test_first_superuser_sets_password_and_factor_by_the_printed_link_and_officers_are_told(priya):
    said = said_by("createsuperuser", interactive=False, username="root", email="root@example.org")

    started = join(re.search(r"http\S+", said)[0])

    assert started["Location"] == "/admin/"
    assert letters()["Rights changed: root"].to == ["priya@example.org", "root@example.org"]
    assert ("createsuperuser", "made a superuser of") in Record.objects.values_list("actor", "verb")


def test_link_of_the_command_replaces_lost_factors(adam):
    inside, _other = both(with_app()[0])

    link = said_by("sign_in_link", "sam").strip()

    assert inside.get("/admin/stay/").url.startswith(LOGIN)
    assert join(link)["Location"] == "/admin/"
    with pytest.raises(CommandError):
        said_by("sign_in_link", "nobody")


def test_password_set_by_a_command_is_told(adam, priya, monkeypatch):
    sam = factories.staff("sam")
    monkeypatch.setattr("getpass.getpass", lambda prompt: "quite another password")

    call_command("changepassword", "sam", stdout=StringIO())

    assert User.objects.get(pk=sam.pk).check_password("quite another password")
    assert letters()["Rights changed: sam"].to == ["priya@example.org"]
