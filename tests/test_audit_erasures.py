"""The list of what was taken away, outside the database, and doing it again in a database that does not know."""

import json
import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as site
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from appointments import actions
from appointments.actions.privacy import Reason, erase, lift_hold, place_hold
from appointments.models import Note, OfferedTime, Request
from conditions.models import PreviewLink
from foundation.audit import erasures
from foundation.audit.actions import faults, record
from foundation.audit.models import Record
from foundation.outbox.models import Message
from foundation.pictures.models import LibraryPicture
from news.models import NewsItem
from tests import factories


def replayed(*kept):
    """The faults of doing again what `keep` was told of (row, verb, detail), as after a restore."""
    for row, verb, detail in kept:
        erasures.keep([erasures.entry_of(row, verb, detail)])
    return [replay.fault for replay in erasures.replay(list(erasures.entries())) if replay.fault]


def test_erasing_is_on_the_list_in_the_same_act_and_names_nobody(db):
    row = factories.request(child_name="Kim Canary")
    cora = factories.coordinator("cora", row.department)
    actions.close(request=row, by=cora, reason="elsewhere", words="canary words")

    erase(row, by="purge", reason=Reason.RETENTION)

    (entry,) = erasures.entries()
    assert (entry.kind, entry.row, entry.verb, entry.detail) == (
        "appointments.request",
        str(row.seal_id),
        "erased",
        {"reason": "retention"},
    )
    assert "anary" not in site.ERASURE_LIST.read_text()
    assert "cora" not in site.ERASURE_LIST.read_text()


def test_what_takes_nothing_away_is_not_on_the_list(db):
    row = factories.request()
    record(by="cora", verb="read", obj=row)

    assert list(erasures.entries()) == []


def test_nothing_is_erased_that_cannot_be_kept_on_the_list(db, settings, tmp_path):
    row = factories.request(child_name="Kim Canary")
    actions.close(
        request=row, by=factories.coordinator("cora", row.department), reason="elsewhere", words="canary was seen elsewhere"
    )
    settings.ERASURE_LIST = tmp_path  # a folder: cannot be written

    with pytest.raises(erasures.NotKept, match="cannot be written"), transaction.atomic():
        erase(row, by="purge", reason=Reason.RETENTION)

    assert Request.objects.get().child_name == "Kim Canary"


def test_a_line_that_was_cut_is_written_over_and_an_altered_one_is_found(db):
    user = factories.staff("edith")
    deleted = erasures.entry_of(user, "deleted", {})
    erasures.keep([deleted] * 3)
    with site.ERASURE_LIST.open("ab") as file:
        file.write(b'{"number": 4, "at"')  # killed here

    erasures.keep([deleted])
    assert [entry.number for entry in erasures.entries()] == [1, 2, 3, 4]

    whole = site.ERASURE_LIST.read_text().splitlines()
    for broken in (whole[1:], [whole[0], *whole[2:]], [whole[0], whole[1].replace("auth.user", "news.newsitem"), *whole[2:]]):
        site.ERASURE_LIST.write_text("\n".join(broken) + "\n")
        with pytest.raises(erasures.Broken):
            list(erasures.entries())


def test_an_open_request_with_a_visit_is_erased_again_and_nobody_is_told(db):
    row = factories.request(child_name="Kim Canary")
    cora = factories.coordinator("cora", row.department)
    actions.take(request=row, by=cora)
    actions.write_note(request=row, by=cora, words="canary for staff")
    start = timezone.now() + timedelta(days=5)
    OfferedTime.objects.create(
        request=row,
        clinician=factories.clinician(),
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        zone="America/New_York",
        expires_at=start,
        status="confirmed",
    )
    sent = Message.objects.count()

    assert replayed((row, "erased", {"reason": "asked"})) == []

    row = Request.objects.get()
    assert (row.child_name, row.link, row.status) == ("", "", "closed")
    assert row.erased_at
    assert [note.words for note in Note.objects.all()] == [""]
    assert OfferedTime.objects.get().status == "cancelled"
    assert Message.objects.count() == sent
    assert set(Message.objects.values_list("status", flat=True)) == {"dropped"}
    assert len(list(erasures.entries())) == 1
    assert not list(faults())
    assert replayed() == []


def test_everything_that_is_taken_away_is_taken_away_again(db):
    """A row of each kind as an old backup has it: there, shown, valid."""
    today, story, news = timezone.localdate(), factories.story(), factories.news()
    paper = story.authorizations.get()
    picture = LibraryPicture.objects.create(name="0" * 64 + "-480.webp", width=480, height=320, alt="A boat")
    gone, row = factories.staff("edith"), factories.request()
    old_link = row.link_hash

    assert (
        replayed(
            (paper, "revoked", {}),
            (story, "unpublished", {}),
            (news, "unpublished", {}),
            (picture, "took back", {}),
            (gone, "deleted", {}),
            (row, "renewed the link of", {}),
            (row, "placed a legal hold on", {"until": (today + timedelta(days=9)).isoformat()}),
        )
        == []
    )

    story.refresh_from_db()
    news.refresh_from_db()
    picture.refresh_from_db()
    paper.refresh_from_db()
    row.refresh_from_db()
    assert (story.status, news.status, picture.withdrawn_on, paper.revoked_on) == ("draft", "draft", today, today)
    assert not User.objects.filter(username="edith").exists()
    assert row.link_hash != old_link
    assert row.standing_hold.until == today + timedelta(days=9)


def test_what_was_erased_of_texts_pictures_and_people_is_erased_again(db):
    story, other, item = factories.story(), factories.story("other"), factories.news()
    picture = LibraryPicture.objects.create(name="0" * 64 + "-480.webp", width=480, height=320, alt="A boat")
    for row in (other, item):
        row.title = "Another title"
        row.save()
    why, left = {"reason": "The family asked"}, factories.staff("edith")

    assert (
        replayed(
            (story, "erased", why),
            (other, "erased the history of", why),
            (item, "erased the history of", why),
            (picture, "erased", why),
            (left, "recorded the leaving of", {}),
        )
        == []
    )

    for row in (story, picture, left):
        row.refresh_from_db()
    assert (story.text, picture.alt, left.is_active, left.has_usable_password()) == ("", "", False, False)
    assert (story.history.count(), other.history.count(), item.history.count()) == (0, 0, 0)


def test_a_preview_link_and_a_lost_factor_open_nothing_again(db):
    edition, lost, forgot, tidy = factories.draft(), *(factories.staff(name) for name in ("edith", "paul", "tess"))
    ended, other = (
        PreviewLink.objects.create(edition=edition, for_whom=who, token_hash=who, expires_at=timezone.now()) for who in "ab"
    )
    for user, kind in [(lost, "totp"), (lost, "recovery_codes"), (tidy, "totp"), (tidy, "webauthn")]:
        Authenticator.objects.create(user=user, type=kind, data={})

    assert (
        replayed(
            (edition, "revoked", {"link": ended.pk}),
            (lost, "took away second factors of", {}),
            (forgot, "let set a new password for", {}),
            (tidy, "took away a second factor", {"type": "totp"}),
        )
        == []
    )

    assert [link.for_whom for link in PreviewLink.objects.filter(revoked_at=None)] == [other.for_whom]
    assert [(each.user, each.type) for each in Authenticator.objects.all()] == [(tidy, "webauthn")]
    users = User.objects.order_by("username")
    assert [(user.username, user.has_usable_password()) for user in users] == [
        ("edith", False),
        ("paul", False),
        ("tess", True),
    ]


def test_what_cannot_be_done_again_is_told_and_stops_nothing(db):
    department = factories.department()
    factories.request(department=department)
    news = factories.news()

    (fault,) = replayed((department, "deleted", {}), (news, "deleted", {}))

    assert "ProtectedError" in fault
    assert not NewsItem.objects.exists()


def test_a_hold_is_on_the_list_with_its_last_day_and_not_its_reason(db):
    row, officer = factories.request(), factories.staff("olga", "see_all_requests", "erase_request")
    until = timezone.localdate() + timedelta(days=30)
    place_hold(request=row, by=officer, reason="Canary against the hospital", until=until)
    lift_hold(request=row, by=officer)

    assert [(entry.verb, entry.detail) for entry in erasures.entries()] == [
        ("placed a legal hold on", {"until": until.isoformat()}),
        ("lifted the legal hold on", {}),
    ]
    assert "anary" not in site.ERASURE_LIST.read_text() + json.dumps(list(Record.objects.values("detail", "label")))


def test_every_verb_that_is_done_again_is_recorded_by_some_act():
    written = "".join(
        path.read_text(encoding="utf-8")
        for room in ("appointments", "conditions", "foundation", "stories", "news", "guides", "portal/staff")
        for path in (site.BASE_DIR / room).rglob("*.py")
    )
    verbs = {verb for _kind, verb in erasures._again}

    assert {verb for verb in verbs if not re.search(rf'["“]{re.escape(verb)}["”]', written)} == set()
