"""Old and new values in the audit record: of content and of rights, never of people."""

import json
from datetime import date

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.urls import reverse

from conditions.models import ConditionName, GlossaryTerm, Section
from foundation.audit.actions import faults
from foundation.audit.models import Record
from foundation.audit.values import LONGEST, excerpts, lines as lines_of
from portal.staff.invitations import address_of
from portal.staff.models import Invitation
from stories.admin.paper import usual_terms
from tests import factories
from tests.admin_forms import filled
from tests.clients import Client


def change(obj):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def save(client, obj, **typed):
    """The change form as a browser sends it, with some fields typed anew."""
    data = filled(client.get(change(obj))) | typed
    response = client.post(change(obj), data)
    assert response.status_code == 302, response.context["errors"]


def lines(verb="changed"):
    return Record.objects.filter(verb=verb).first().lines


def test_fields_without_kept_values_are_named_after_those_with():
    change = {"field": "section “What it is”, text", "old": "Rest.", "new": "Sleep."}

    lines = lines_of({"fields": ["First name", "Text"], "changes": [change]})

    assert lines == ["section “What it is”, text: “Rest.” → “Sleep.”", "First name"]


def everything_recorded():
    return json.dumps(list(Record.objects.values_list("detail", flat=True)))


def test_change_of_content_keeps_old_and_new_words(admin_client):
    term = factories.term(definition="Swelling inside.")

    save(admin_client, term, definition="Swelling, heat and pain.")

    assert lines() == ["what it means: “Swelling inside.” → “Swelling, heat and pain.”"]
    assert Record.objects.get(verb="changed").detail == {
        "fields": ["What it means"],
        "changes": [{"field": "what it means", "old": "Swelling inside.", "new": "Swelling, heat and pain."}],
    }


def test_saving_what_nobody_touched_keeps_no_values(admin_client):
    save(admin_client, factories.term())

    assert "changes" not in Record.objects.get(verb="changed").detail


def test_addition_and_deletion_keep_what_there_was(admin_client):
    typed = {"slug": "flare", "language": "es", "term": "brote", "also": "", "say": "", "definition": "Cuando empeora."}
    admin_client.post(reverse("admin:conditions_glossaryterm_add"), typed)
    term = GlossaryTerm.objects.get()

    admin_client.post(reverse("admin:conditions_glossaryterm_delete", args=[term.pk]), {"post": "yes"})

    assert lines("added") == ["address: “flare”", "language: “Spanish”", "word: “brote”", "what it means: “Cuando empeora.”"]
    assert "word: “brote” taken away" in lines("deleted")


def test_rows_of_a_parent_are_told_added_changed_and_deleted(admin_client):
    row = factories.condition("crmo", name="CRMO")
    also = ConditionName.objects.create(condition=row, kind="also-called", text="Bone thing")
    data = filled(admin_client.get(change(row)))
    first, second = (next(n for n in range(2) if data[f"names-{n}-text"] == text) for text in ("CRMO", "Bone thing"))
    new = {"names-2-language": "en", "names-2-kind": "abbreviation", "names-2-text": "CNO", "names-2-say": ""}

    typed = {f"names-{first}-say": "see-are-em-oh", f"names-{second}-DELETE": "on", "names-TOTAL_FORMS": "3", **new}
    admin_client.post(change(row), data | typed)

    assert not ConditionName.objects.filter(pk=also.pk).exists()
    assert lines() == [
        "name “CRMO”, how to say it: “see-are-em-oh”",
        "name “Bone thing”, language: “English” taken away",
        "name “Bone thing”, kind: “Also called” taken away",
        "name “Bone thing”, name: “Bone thing” taken away",
        "name “CNO”, language: “English”",
        "name “CNO”, kind: “Abbreviation”",
        "name “CNO”, name: “CNO”",
    ]


def test_lists_tell_what_came_and_went(admin_client):
    row = factories.condition(owner=factories.staff("olive"))
    row.departments.set([factories.department("stays"), factories.department("goes")])
    comes = factories.department("comes")

    save(admin_client, row, departments=[row.departments.get(slug="stays").pk, comes.pk], owner="")

    assert lines() == [
        "owner: “olive” taken away",
        "departments, services and centers: “Goes” → “Comes”",
    ]


def test_long_text_is_cut_around_the_first_word_that_differs(admin_client):
    edition = factories.draft()
    section = Section.objects.get(edition=edition)
    long = " ".join(f"word{n}" for n in range(200))
    Section.objects.filter(pk=section.pk).update(body=f"<p>{long}</p>")

    save(admin_client, edition, **{"sections-0-body": f"<p>{long.replace('word100 ', 'other ')}</p>"})

    line = next(line for line in lines() if "text" in line)
    assert line.startswith("section “What it is”, text: “… word94 word95 word96 word97 word98 word99 word100 word101")
    assert "→ “… word94 word95 word96 word97 word98 word99 other word101" in line
    assert line.count(" characters)") == 2
    assert len(line) < 3 * LONGEST


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("<p>Rest <b>well</b>.</p>", "<p>Rest well.</p>", ("<p>Rest <b>well</b>.</p>", "<p>Rest well.</p>")),
        ("<p>Rest.</p>", "<p>Rest &amp; sleep.</p>", ("Rest.", "Rest & sleep.")),
        ("", "Rest.", ("", "Rest.")),
        ("a" * 500, "b" * 500, ("a" * LONGEST + " … (500 characters)", "b" * LONGEST + " … (500 characters)")),
    ],
)
def test_excerpts_show_words_without_markup(old, new, expected):
    assert excerpts(old, new) == expected


def test_rights_of_people_are_told_and_nothing_else_of_them(admin_client):
    user = factories.staff("sam", "view_miss", email="sam@example.org", first_name="Samuel")
    editor = Group.objects.get(name="editor")

    save(
        admin_client,
        user,
        groups=[editor.pk],
        user_permissions=[],
        is_staff="",
        first_name="Samantha",
        email="new@example.org",
    )

    assert lines() == [
        "staff status: “yes” → “no”",
        "groups: “editor”",
        "user permissions: “Search | search without result | Can view search without result” taken away",
        "Email address, First name",
    ]
    for secret in ("Samuel", "Samantha", "sam@example.org", "new@example.org", user.password):
        assert secret not in everything_recorded()


def test_permissions_of_a_group_are_told(admin_client):
    group = Group.objects.create(name="night shift")
    wanted = Group.objects.get(name="privacy officer").permissions.get(codename="erase_request")

    save(admin_client, group, permissions=[wanted.pk])

    assert lines() == [f"permissions: “{wanted}”"]


def test_invitation_and_account_leave_no_password_name_or_address(admin_client):
    typed = {"name": "Nell Secret", "email": "nell@example.net", "role": Group.objects.get(name="editor").pk}
    admin_client.post(reverse("admin:auth_user_add"), typed)
    link = address_of(Invitation.objects.get())
    Client().post(link, {"new_password1": "Zebra-crossing-98", "new_password2": "Zebra-crossing-98", "passkey": "1"})

    user = User.objects.get(username="nell")
    assert user.check_password("Zebra-crossing-98")
    assert lines("sent") == ["role: “editor”"]
    assert "active: “yes”" in lines("took up the invitation for")
    for secret in ("Zebra", "Secret", "example.net", user.password):
        assert secret not in everything_recorded()


def test_papers_and_families_words_stay_out(admin_client):
    story = factories.story(name_shown="Maja")
    data = filled(admin_client.get(change(story)))
    paper = {
        "signed_by": "Pat Secret",
        "document": "binder of Pat",
        "signed_for": "Lea Secret",
        "relationship": "parent",
        "signed_on": "2026-01-02",
        "third_party_pay": "none",
        "copy_given_on": "2026-01-02",
        **usual_terms(),
    }
    typed = {f"authorizations-1-{name}": value for name, value in paper.items()}
    typed |= {
        "authorizations-1-expires_on": "2036-01-02",
        "authorizations-1-covers_website": "on",
        "authorizations-1-covers_text": "on",
        "authorizations-TOTAL_FORMS": "2",
    }

    admin_client.post(
        change(story), data | {"name_shown": "Mia", "title": "A new title", "text": "<p>Other words.</p>"} | typed
    )

    assert "title: “Story pool” → “A new title”" in Record.objects.filter(kind="stories.story", verb="changed").first().lines
    for secret in ("Pat Secret", "Lea Secret", "binder of Pat", "Maja", "Mia", "Other words", "Parent of M."):
        assert secret not in everything_recorded()


def test_requests_leave_no_values(admin_client):
    case = factories.request(child_name="Kim Sample", note="Knee hurts")

    admin_client.get(change(case))

    assert Record.objects.filter(kind="appointments.request").exists()
    for secret in ("Kim Sample", "Knee hurts", "pat@example.org", "212 555 0199", "2018-04-03"):
        assert secret not in everything_recorded()
    assert '"changes"' not in json.dumps(
        list(Record.objects.filter(kind__startswith="appointments").values_list("detail", flat=True))
    )


def test_record_with_values_holds(admin_client, capsys):
    save(admin_client, factories.term(), definition="Schwellung, “heiß” & rot.\nZweite Zeile.")

    call_command("verify_audit")

    assert list(faults()) == []


def test_list_and_history_show_old_and_new_escaped(admin_client):
    term = factories.term(definition="Swelling.")
    save(admin_client, term, definition="Pain <b>here</b>")

    listed = admin_client.get(reverse("admin:audit_record_changelist")).text
    history = admin_client.get(reverse("admin:conditions_glossaryterm_history", args=[term.pk])).text
    page = admin_client.get(reverse("admin:audit_record_change", args=[Record.objects.get(verb="changed").pk])).text

    for shown in (listed, history, page):
        assert "what it means: “Swelling.” → “Pain &lt;b&gt;here&lt;/b&gt;”" in shown


def test_dates_and_moments_are_told_in_words(admin_client):
    item = factories.news(
        "clip", kind="coverage", text="", source_name="Paper", source_url="https://example.org/", source_date=date(2026, 1, 2)
    )

    save(admin_client, item, source_date="2026-02-03")

    assert lines() == ["appeared there on: “Jan. 2, 2026” → “Feb. 3, 2026”"]
