"""The staff side's first page: what waits for whom, and how the pages stand."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from appointments.actions import family as family_actions, staff as staff_actions
from appointments.models import Request
from conditions import actions
from conditions.models import Condition, ConditionName, Edition, PageFeedback, SignOff
from foundation.adminkit.models import WorkingCopy
from foundation.links.models import OutsideAddress
from foundation.outbox.models import Message
from foundation.pictures.models import LibraryPicture
from foundation.search.actions import count_miss
from portal.staff import rights
from portal.staff.roles import NAMES
from portal.staff.work_menu import work_menu
from portal.staff.worklist.base import ask
from portal.staff.worklist.charts import charts
from portal.staff.worklist.first_page import LISTS, first_page
from tests import factories, visits

INDEX = reverse("admin:index")
NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)


def page(client, user):
    client.force_login(user)
    return client.get(INDEX)


def lists(client, user):
    """The lists with something in them: (text, note) of each thing by title."""
    shown = page(client, user).context["waiting"]
    return {row.title: [(thing.text, thing.note) for thing in row.things] for row in shown if row.things}


def role(name):
    user = factories.staff(name.replace(" ", "-"))
    user.groups.add(Group.objects.get(name=name))
    if name == "clinical reviewer":
        factories.clinician("reviewer", user=user)
    return user


@pytest.fixture(autouse=True)
def _sunday():
    with time_machine.travel(NOW, tick=False):
        yield


def test_editor_sees_own_drafts_and_reviews_with_own_pages_first(client, editor):
    others = factories.staff("olive", first_name="Olive", last_name="Owner")
    late = factories.condition("late", owner=others)
    factories.publish(factories.draft(late), next_review_due=date(2026, 9, 8))
    factories.publish(factories.draft(factories.condition("nobodys")), next_review_due=date(2026, 12, 2))
    own = factories.condition("own", owner=editor)
    factories.publish(factories.draft(own), next_review_due=date(2027, 1, 2))
    factories.publish(factories.draft(factories.condition("fine")), next_review_due=date(2027, 9, 8))
    actions.start_draft(condition=late, language="en", by=editor)
    factories.draft(factories.condition("others"))

    assert lists(client, editor) == {
        "Your open drafts": [("Condition late, English, version 2", "Draft")],
        "Reviews overdue or due within 90 days": [
            ("Condition own, English, version 1", "due 2 Jan 2027, yours"),
            ("Condition late, English, version 1", "overdue since 8 Sep 2026, Olive Owner"),
            ("Condition nobodys, English, version 1", "due 2 Dec 2026, no owner"),
        ],
    }


def test_reviewer_sees_texts_to_sign_those_asked_for_first(client, reviewer, publisher):
    def submitted(slug, **fields):
        edition = factories.draft(factories.condition(slug), **fields)
        actions.submit(edition=edition, by="test")
        return edition

    submitted("for-anybody")
    for_me, for_another, signed, own = (submitted(slug, is_minor=True) for slug in ("for-me", "for-another", "signed", "own"))
    for_me.asked.add(reviewer.clinician)
    for_another.asked.add(factories.clinician())
    own.authors.add(reviewer)
    actions.sign_off(edition=signed, reviewer=reviewer.clinician, by=reviewer)

    assert lists(client, reviewer) == {
        "Waiting for your signature": [
            ("Condition for-me, English, version 1", "you are asked, small change, since 22 Nov 2026"),
            ("Condition for-anybody, English, version 1", "since 22 Nov 2026"),
        ]
    }
    assert lists(client, publisher) == {
        "Signed, waiting for approval": [("Condition signed, English, version 1", "signed by Rhea Sample, MD")]
    }


def test_text_waits_for_approval_once_everybody_asked_has_signed(client, reviewer, publisher):
    edition = factories.draft()
    edition.asked.set([reviewer.clinician, factories.clinician()])
    actions.submit(edition=edition, by="test")
    actions.sign_off(edition=edition, reviewer=reviewer.clinician, by=reviewer)

    before = lists(client, publisher)
    actions.sign_off(edition=edition, reviewer=edition.asked.get(slug="ana-example"), by="test")

    assert before == {}
    assert list(lists(client, publisher)) == ["Signed, waiting for approval"]


def test_editor_sees_what_came_back_and_what_to_answer(client, editor, reviewer):
    back, again = (factories.draft(factories.condition(slug)) for slug in ("back", "again"))
    for edition in (back, again):
        edition.authors.add(editor)
        actions.submit(edition=edition, by=editor)
        actions.send_back(edition=edition, by=reviewer, reason="The dose is not right.")
    actions.submit(edition=again, by=editor)
    actions.add_comment(edition=back, words="Which dose?", by=reviewer)
    actions.add_comment(edition=factories.draft(), words="Not theirs", by=reviewer)

    assert lists(client, editor) == {
        "Sent back to you": [("Condition back, English, version 1", "rhea: The dose is not right.")],
        "Comments to answer": [("Which dose?", "rhea, Condition back, English, version 1")],
        "Your open drafts": [("Condition again, English, version 1", "Waiting for sign-off")],
    }


def test_publisher_sees_what_goes_live(client, publisher):
    factories.publish(factories.draft(), at=datetime(2026, 11, 24, 14, tzinfo=UTC))

    assert lists(client, publisher)["Going live soon"] == [
        ("Condition crmo, English, version 1", "Tuesday 24 November 2026, 9:00 am, New York time")
    ]


def test_consents_about_to_end_are_shown(client, db):
    today = timezone.localdate()
    ending = {"expires_on": today + timedelta(days=60)}
    factories.authorization(factories.story("ending", authorized=False), **ending)
    factories.authorization(factories.story("renewed"), **ending)
    factories.authorization(factories.story("later", authorized=False), expires_on=today + timedelta(days=62))
    factories.authorization(factories.story("grows", authorized=False), turns_18_on=today + timedelta(days=90))
    shown = {"width": 1, "height": 1, "shows_person": True, "consent_paper": "binder 2"}
    LibraryPicture.objects.create(name="a-9.webp", alt="A boy", consent_until=today + timedelta(days=60), **shown)
    LibraryPicture.objects.create(name="b-9.webp", alt="A girl", consent_until=today + timedelta(days=61), **shown)

    assert lists(client, factories.staff("sam", "view_authorization", "view_librarypicture")) == {
        "Stories whose consent ends soon": [("Story ending", "until 21 Jan 2027")],
        "Turning 18: ask again": [("Story grows", "18 on 20 Feb 2027")],
        "Pictures whose consent ends soon": [("A boy", "until 21 Jan 2027")],
    }


@pytest.mark.databases
def test_misses_and_words_are_shown_to_those_who_may_read_them(client, db):
    count_miss("swollen knee", "en")
    edition = factories.live()
    PageFeedback.objects.create(edition=edition, helpful=False, comment="And school?")
    PageFeedback.objects.create(edition=edition, helpful=True)

    assert lists(client, factories.staff("sam", "view_miss", "view_pagefeedback")) == {
        "What readers wrote": [("And school?", "Condition crmo, 22 Nov 2026, it did not help")],
        "Searched for, not found": [("swollen knee", "1 time, 22 Nov 2026")],
    }


def test_links_that_broke_are_shown(client, db):
    factories.news("clip", text='<p><a href="/conditions/nowhere/">there</a> <a href="https://example.org/gone">far</a></p>')
    far = {"failing_since": NOW - timedelta(days=3), "checked_at": NOW - timedelta(days=1), "fault": "404 Not Found"}
    OutsideAddress.objects.create(url="https://example.org/gone", **far)
    OutsideAddress.objects.create(url="https://example.org/ignored", ignored=True, **far)
    user = factories.staff("sam", "view_link", "view_outsideaddress")

    assert lists(client, user) == {
        "Links that lead nowhere": [("News clip", "/conditions/nowhere/ There is no such page.")],
        "Links elsewhere that broke": [("https://example.org/gone", "404 Not Found, since 19 Nov 2026")],
    }


def test_every_list_names_permissions_that_exist(db):
    there = {f"{row.content_type.app_label}.{row.codename}" for row in Permission.objects.select_related("content_type")}

    asked = {permission for each in LISTS for permission in each.permissions.split()}

    assert asked
    assert asked <= there


def test_staff_without_permissions_see_nothing_of_it(client, db):
    factories.live()
    count_miss("swollen knee", "en")

    shown = page(client, factories.staff("sam"))

    assert (shown.context["waiting"], shown.context["charts"]) == ([], "")
    assert "swollen knee" not in shown.text


def test_empty_lists_are_told_in_words(client, publisher):
    text = page(client, publisher).text

    assert "Nothing waits for you" in text
    assert "No signed text waits." in text


def test_list_shows_eight_and_its_count_leads_to_all(client, editor):
    for number in range(9):
        factories.draft(factories.condition(f"c{number}")).authors.add(editor)

    row = next(row for row in page(client, editor).context["waiting"] if row.things)

    assert (len(row.things), row.count) == (8, 9)
    assert client.get(row.every).context["cl"].result_count == 9


def fill(*slugs):
    """One of everything for each slug; all of it waits for somebody."""
    reviewer = Group.objects.get(name="clinical reviewer").user_set.first()
    editor = Group.objects.get(name="editor").user_set.first()
    for slug in slugs:
        edition = factories.publish(factories.draft(factories.condition(slug)), next_review_due=date(2026, 9, 8))
        actions.start_draft(condition=edition.condition, language="en", by=editor)
        drafts = [factories.draft(factories.condition(f"{slug}-{state}")) for state in ("sign", "approve", "back", "soon")]
        for draft in drafts:
            draft.authors.add(editor)
        to_sign, to_approve, back, soon = drafts
        factories.publish(soon, at=NOW + timedelta(days=1))
        for each in (to_sign, to_approve, back):
            actions.submit(edition=each, by=editor)
        actions.sign_off(edition=to_approve, reviewer=edition.reviewed_by, by="test")
        actions.send_back(edition=back, by=reviewer, reason="Shorter.")
        actions.add_comment(edition=back, words="Why?", by=reviewer)
        factories.authorization(factories.story(slug, authorized=False), expires_on=date(2026, 12, 1))
        factories.authorization(factories.story(f"{slug}-grows", authorized=False), turns_18_on=date(2026, 12, 1))
        facts = {"shows_person": True, "consent_paper": "binder", "consent_until": date(2026, 12, 1)}
        LibraryPicture.objects.create(name=f"{slug}-9.webp", width=1, height=1, alt=slug, **facts)
        count_miss(slug, "en")
        far = {"failing_since": NOW - timedelta(days=3), "checked_at": NOW - timedelta(days=1), "fault": "404 Not Found"}
        OutsideAddress.objects.create(url=f"https://example.org/{slug}", **far)
        factories.news(slug, text='<p><a href="/conditions/nowhere/">there</a></p>')
        PageFeedback.objects.create(edition=edition, helpful=True, comment="Thank you")


def fill_many(numbers):
    """So many more conditions, each with a page that is overdue, as quickly as the database's own rules allow."""
    reviewer = factories.clinician(f"many-{numbers.start}")
    rows = Condition.objects.bulk_create(Condition(slug=f"many-{number}") for number in numbers)
    ConditionName.objects.bulk_create(ConditionName(condition=row, kind="preferred", text=row.slug) for row in rows)
    editions = Edition.objects.bulk_create(Edition(condition=row, number=1, summary="Short.") for row in rows)
    facts = {"reviewer": reviewer, "reviewed_on": date(2026, 1, 2), "digest": "d", "revision": 0, "text": []}
    found = Edition.objects.filter(pk__in=[edition.pk for edition in editions])
    found.update(status="submitted")
    SignOff.objects.bulk_create(SignOff(edition=edition, **facts) for edition in editions)
    signed = {"signed_digest": "d", "reviewed_by": reviewer, "reviewed_on": date(2026, 1, 2)}
    found.update(status="approved", publish_at=factories.LONG_AGO, next_review_due=date(2026, 6, 1), **signed)


def costs(client, users, address):
    """Queries by user; the second visit counts, when caches are warm."""
    found = {}
    for user in users:
        client.force_login(user)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        found[user.username] = len(queries)
    return found


def test_page_costs_each_role_the_same_with_20_and_100_conditions(client, admin_user):
    users = [role(name) for name in NAMES] + [admin_user]
    fill("first", "second")
    fill_many(range(10))  # more than are shown are counted
    few = costs(client, users, INDEX)
    fill_many(range(10, 90))

    many = costs(client, users, INDEX)

    assert Condition.objects.count() == 100
    assert max(row.count for row in page(client, admin_user).context["waiting"]) == 92
    assert many == few
    assert max(many.values()) < 54


def test_lists_that_hold_nothing_are_found_by_one_query(admin_user):
    fresh = [each for each in LISTS if each.content is None and each.remembers != "nothing"]

    with CaptureQueriesContext(connection) as queries:
        waiting = ask(fresh, admin_user)

    assert len(waiting) == len(fresh) > 20
    assert [row for row in waiting.values() if row.things] == []
    assert len(queries) == 1


def shown(user):
    """All of the first page, and the bar, as lists and numbers."""
    user = type(user).objects.get(pk=user.pk)
    bar = [(entry.address, entry.number, entry.late) for entry in work_menu(user)]
    return bar, [
        (row.title, row.count, [(str(thing), thing.version) for thing in row.things]) for row in first_page(user)["waiting"]
    ]


def acts(cora, editor, reviewer, admin):
    """(whose first page changes, the act): one after the other, by everybody who changes something there."""
    place = visits.department()
    place.coordinators.set([cora])
    yield cora, lambda: factories.request(department=place)
    case = Request.objects.get()
    yield cora, lambda: staff_actions.take(request=case, by=cora)
    yield cora, lambda: staff_actions.confirm_by_phone(request=case, by=cora, slot=visits.slot(case, NOW + timedelta(days=9)))
    yield cora, lambda: family_actions.add_words(request=case, words="We moved")
    yield cora, lambda: staff_actions.mark_read(request=case, by=cora, upto=99, acts=99)
    yield cora, lambda: staff_actions.cancel_visit(request=case, by=cora, for_family=False)
    draft = factories.draft()
    draft.authors.add(editor)
    yield reviewer, lambda: actions.submit(edition=draft, by=editor)
    yield editor, lambda: actions.add_comment(edition=draft, words="Why?", by=reviewer)
    yield editor, lambda: actions.answer_comment(comment=draft.comments.get(), words="So.", by=editor)
    yield admin, lambda: actions.sign_off(edition=draft, reviewer=reviewer.clinician, by=reviewer)
    yield editor, lambda: actions.send_back(edition=draft, by=reviewer, reason="Shorter.")
    # What nobody records is never remembered, only that there is none of it.
    facts = {"failing_since": NOW - timedelta(days=3), "checked_at": NOW, "fault": "404 Not Found"}
    OutsideAddress.objects.create(url="https://example.org/", **facts)
    count_miss("hip", "en")
    PageFeedback.objects.create(edition=draft, helpful=True, comment="Good")
    Message.objects.filter(kind="received").update(status="failed", last_fault="refused")
    yield admin, lambda: rights.tell(by=admin, verb="gave rights to", obj=cora, changes=[])
    yield admin, lambda: count_miss("swollen knee", "en")
    yield admin, lambda: PageFeedback.objects.create(edition=draft, helpful=True, comment="Thank you")
    yield admin, lambda: OutsideAddress.objects.create(url="https://example.org/gone", **facts)
    copy = {"kind": "conditions.edition", "object_id": draft.pk, "name": "x", "words": "{}"}
    yield editor, lambda: WorkingCopy.objects.create(editor=editor, **copy)
    yield cora, lambda: Message.objects.filter(kind="confirmed").update(status="failed", last_fault="refused")


def test_what_is_remembered_is_right_after_every_act(settings, editor, reviewer, admin_user):
    """The cache of the site, without what else ends its answers: the public content, and that a test is a transaction."""
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    dummy, wrong = settings.CACHES, []
    for number, (user, act) in enumerate(acts(factories.coordinator("cora"), editor, reviewer, admin_user)):
        settings.CACHES = dummy | {"content": memory}
        before = shown(user)
        act()
        now = shown(user)
        settings.CACHES = dummy
        anew = shown(user)
        if now != anew or now == before:
            wrong.append((number, before, now, anew))

    assert wrong == []
    assert number == 16


def test_lists_that_were_empty_are_not_asked_again(settings, admin_user):
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "empty lists"}
    settings.CACHES = settings.CACHES | {"content": memory}
    first_page(admin_user)

    with CaptureQueriesContext(connection) as queries:
        first_page(admin_user)

    assert [query for query in queries if "search_miss" in query["sql"]] == []
    assert len(queries) == 3  # the number of the record, words that were not saved, the newest link


def test_change_page_of_an_edition_costs_the_same_with_10_and_100_conditions(client, admin_user):
    fill_roles = [role("editor"), role("clinical reviewer")]
    fill("first", "second")
    draft = Edition.objects.open().filter(status="draft").first()
    address = reverse("admin:conditions_edition_change", args=[draft.pk])
    few = costs(client, [*fill_roles, admin_user], address)
    size = len(client.get(address).content)
    fill_many(range(90))

    assert costs(client, [*fill_roles, admin_user], address) == few
    assert len(client.get(address).content) < size + 1000


@pytest.mark.databases
def test_every_count_equals_the_list_it_leads_to(client, admin_user):
    reviewer, editor = role("clinical reviewer"), role("editor")
    fill("first", "second")

    for user in (reviewer, editor, admin_user):
        for row in page(client, user).context["waiting"]:
            listed = client.get(row.every).context.get("cl")
            assert listed is None or listed.result_count == row.count, row.title


@pytest.mark.databases
def test_charts_count_live_pages_by_review(client, editor):
    for slug, reviewed, due in [
        ("old", date(2024, 1, 2), date(2025, 1, 2)),
        ("year", date(2025, 12, 1), date(2026, 11, 22)),
        ("new", date(2026, 10, 1), date(2027, 10, 31)),
        ("far", date(2026, 10, 1), date(2028, 10, 1)),
    ]:
        factories.publish(factories.draft(factories.condition(slug)), reviewed_on=reviewed, next_review_due=due)
    factories.draft(factories.condition("draft"))

    age, backlog = charts()

    assert age.rows == [("up to 6 months ago", 2), ("up to a year ago", 1), ("up to two years ago", 0), ("longer ago", 1)]
    assert {label: count for label, count in backlog.rows if count} == {
        "overdue": 1,
        "November 2026": 1,
        "October 2027": 1,
        "later": 1,
    }
    assert len(backlog.rows) == 14


def test_charts_have_a_table_and_words_and_no_styles(client, editor):
    factories.live()

    text = page(client, editor).text

    assert 'aria-label="Reviews to come. January 2027: 1"' in text
    assert '<th scope="row">January 2027</th><td>1</td>' in text
    assert " style=" not in text
    assert [int(y) + int(height) for y, height in re.findall(r'<rect[^>]* y="(\d+)"[^>]* height="(\d+)"', text)] == [96] * 18


def test_bar_leads_to_the_work_with_what_waits_there(client, editor):
    mine, elsewhere = factories.department("mine"), factories.department("elsewhere")
    cora = factories.coordinator("cora", mine)
    ana = factories.clinician("ana-example", user=factories.staff("ana"))
    with time_machine.travel(NOW - timedelta(days=20), tick=False):
        late = factories.request("a" * 64, department=mine)
    factories.request("b" * 64, department=mine, email="o@example.org", phone="212 555 0111", child_name="Lee")
    factories.request("c" * 64, department=elsewhere, email="p@example.org", phone="212 555 0112", child_name="Mo")
    today = {"starts_at": NOW + timedelta(hours=1), "ends_at": NOW + timedelta(hours=2), "expires_at": NOW, "zone": "UTC"}
    late.times.create(clinician=ana, status="confirmed", **today)

    def bar(user, address=INDEX):
        client.force_login(user)
        found = re.search(r'<nav class="work".*?</nav>', client.get(address).text, re.DOTALL)[0]
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found)).strip(), re.findall(r'href="([^"]+)" aria-current', found)

    queue = reverse("admin:appointments_request_changelist")
    assert bar(cora, queue) == ("What waits Requests 2 our turn 1 late Visits 1 today Earlier times", [queue])
    assert bar(ana.user)[0] == "What waits Visits 1 today"
    assert bar(editor)[0] == "What waits Pages"
    assert bar(factories.staff("nobody")) == ("What waits", [INDEX])
