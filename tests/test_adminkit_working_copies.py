"""What somebody typed and did not save: kept on the site for them alone, until it is saved, thrown away or forgotten."""

import base64
import json
import re
from collections import Counter
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from conditions.models import Edition
from foundation.adminkit import working_copies
from foundation.adminkit.models import KEPT, WorkingCopy
from foundation.privacy.fields import Column, SealedField
from tests import factories
from tests.admin_forms import filled
from tests.clients import Client

PAGE = "abcdefgh1"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Mobile/15E148 Safari/604.1"


@pytest.fixture
def draft(db):
    return factories.draft(sections=("overview", "symptoms"))


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


def address(row, name="working_copy"):
    pk = row.pk or "new"
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[pk])


def keep(client, row, number=1, name=PAGE, headers=None, **words):
    sent = {"name": name, "number": number, "place": list(words), "typed": list(words.values())}
    return client.post(address(row), sent, headers=headers)


def offered(client, row):
    """(page name, words, device) of what the edit page of `row` offers."""
    page = client.get(address(row, "change") if row.pk else address(row).replace("new/working-copy", "add")).content.decode()
    copies = json.loads(unescape(re.search(r'data-copies="([^"]*)"', page)[1]))
    return [(each["name"], each["fields"], each["device"]) for each in copies]


def test_words_are_offered_to_who_typed_them_on_any_device_and_to_nobody_else(desk, editor, draft):
    assert keep(desk, draft, summary="My new words", headers={"User-Agent": PHONE}).status_code == 200
    laptop, other = Client(), Client()
    laptop.force_login(editor)
    other.force_login(factories.staff("ben", "change_edition", "view_edition"))

    assert offered(laptop, draft) == [(PAGE, {"summary": "My new words"}, "Safari on iPhone")]
    assert offered(other, draft) == []
    assert offered(laptop, factories.draft(factories.condition("sapho"))) == []
    draft.refresh_from_db()
    assert "My new words" not in draft.summary


def test_first_page_leads_back_to_the_words(desk, draft):
    item = factories.news()
    assert "Words you did not save" not in desk.get(reverse("admin:index")).content.decode()
    keep(desk, draft, summary="My new words", headers={"User-Agent": PHONE})
    keep(desk, draft, summary="Of another page", name="anotherpage")
    keep(desk, Edition(), language="es", name="newpage123")
    WorkingCopy.objects.create(editor=factories.staff("ben"), kind="news.newsitem", object_id=item.pk, name="x", words="{}")

    shown = next(
        each for each in desk.get(reverse("admin:index")).context["waiting"] if each.title == "Words you did not save"
    )

    there = {address(draft, "change"): 2, reverse("admin:conditions_edition_add"): 1}
    assert Counter(thing.address for thing in shown.things) == there
    assert shown.things[-1].note.endswith("Safari on iPhone")
    draft.delete()
    assert desk.get(reverse("admin:index")).status_code == 200


def test_saving_erases_the_words_and_what_arrives_late_changes_nothing(desk, editor, draft):
    keep(desk, draft, summary="Half a sen")
    saved = desk.post(address(draft, "change"), filled(desk.get(address(draft, "change")), summary="A sentence.", kept=PAGE))
    late = keep(desk, draft, number=2, summary="Half a sentence")

    assert (saved.status_code, late.status_code) == (302, 410)
    assert offered(desk, draft) == []
    assert WorkingCopy.objects.get(editor=editor).words == ""
    draft.refresh_from_db()
    assert draft.summary == "A sentence."


def test_form_that_came_back_with_an_error_keeps_the_words(desk, draft):
    keep(desk, draft, summary="My words")

    refused = desk.post(address(draft, "change"), filled(desk.get(address(draft, "change")), kept=PAGE, change_note="x" * 400))

    assert refused.status_code == 200
    assert offered(desk, draft) == [(PAGE, {"summary": "My words"}, "another browser")]


def test_newest_words_stay_and_none_at_all_erase_them(desk, draft):
    keep(desk, draft, number=5, summary="Newest")
    keep(desk, draft, number=4, summary="Older, on its way for long")
    newest = offered(desk, draft)
    keep(desk, draft, number=6)

    assert [words for _name, words, _device in newest] == [{"summary": "Newest"}]
    assert offered(desk, draft) == []


def test_colleague_who_saved_meanwhile_is_told_of_and_both_texts_stay(desk, draft):
    page = desk.get(address(draft, "change"))
    seen = page.context["adminform"].form.initial["seen"]
    ben = Client()
    ben.force_login(factories.staff("ben", "change_edition", "view_edition"))
    ben.post(address(draft, "change"), filled(ben.get(address(draft, "change")), summary="Ben's words"))

    answer = desk.post(address(draft), {"name": PAGE, "number": 1, "seen": seen, "place": "summary", "typed": "My words"})
    refused = desk.post(address(draft, "change"), filled(page, summary="My words", kept=PAGE))

    assert [news.partition(" on ")[0] for news in answer.json()["news"]] == ["ben changed this"]
    assert "The short answer" in answer.json()["news"][0]
    assert "Ben's words" in unescape(refused.content.decode())
    assert offered(desk, draft)[0][1] == {"summary": "My words"}
    draft.refresh_from_db()
    assert draft.summary == "Ben's words"


@pytest.mark.parametrize(
    "make",
    [factories.draft, factories.story, factories.news, factories.guide, factories.notice, factories.term],
    ids=["edition", "story", "news", "guide", "notice", "glossary"],
)
def test_every_kind_of_text_is_kept_also_one_that_is_not_added_yet(admin_client, make):
    row = make()
    new = type(row)()
    keep(admin_client, row, title="Words")
    if not isinstance(row, Edition):  # a draft is begun without a form
        keep(admin_client, new, title="Of a new one", name="anewpage1")

        assert [words for _page, words, _device in offered(admin_client, new)] == [{"title": "Of a new one"}]
    assert [words for _page, words, _device in offered(admin_client, row)] == [{"title": "Words"}]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 400),
        ({"name": "../../x"}, 400),
        ({"number": "-1"}, 400),
        ({"number": "9" * 5000}, 400),
        ({"place": ["a", "b"]}, 400),
        ({"seen": "x\0"}, 400),
        ({"typed": "\0\ud800<b>", "place": "\0"}, 200),
        ({"typed": "x" * (working_copies.MOST_BYTES + 1)}, 413),
    ],
)
def test_what_is_sent_is_checked(desk, draft, sent, status):
    sound = {"name": PAGE, "number": "1", "place": "summary", "typed": "Words"} if sent else {}
    body = "&".join(
        f"{name}={each}" for name, value in (sound | sent).items() for each in (value if isinstance(value, list) else [value])
    )
    body = body.replace("\0", "%00").replace("\ud800", "%ED%A0%80")

    answer = desk.post(address(draft), body, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == status


def test_no_more_is_kept_in_an_hour_than_somebody_can_type(desk, draft, monkeypatch):
    monkeypatch.setattr(working_copies, "MOST", 2)

    assert [keep(desk, draft, number=n, summary="x").status_code for n in (1, 2, 3)] == [200, 200, 429]


def test_right_that_went_ends_the_keeping_but_not_the_words_nor_throwing_them_away(desk, editor, draft):
    keep(desk, draft, summary="My words")
    factories.publish(draft)

    refused = keep(desk, draft, number=2, summary="More words")

    assert refused.status_code == 403
    assert offered(desk, draft)[0][1] == {"summary": "My words"}
    assert keep(desk, draft, number=3).status_code == 200
    assert offered(desk, draft) == []
    editor.user_permissions.set(Permission.objects.none())
    assert Client().post(address(draft)).status_code == 302


def test_words_are_sealed_belong_to_their_person_and_are_forgotten(desk, editor, draft, settings):
    keep(desk, draft, summary="What Robin's mother told us")
    with connection.cursor() as cursor:
        cursor.execute("SELECT words FROM adminkit_workingcopy")
        stored = cursor.fetchone()[0]
    sealed = {field.name for field in WorkingCopy._meta.concrete_fields if isinstance(field, SealedField)}

    assert "Robin" not in stored
    assert set(WorkingCopy.columns) == {field.name for field in WorkingCopy._meta.concrete_fields}
    assert {name for name, column in WorkingCopy.columns.items() if column is not Column.PLAIN} == sealed == {"words"}
    call_command("purge", verbosity=0)
    assert WorkingCopy.objects.count() == 1
    settings.FIELD_KEYS = "other:" + base64.urlsafe_b64encode(b"2" * 32).decode()
    assert offered(desk, draft) == []
    WorkingCopy.objects.update(at=timezone.now() - KEPT - timedelta(hours=1))
    call_command("purge", verbosity=0)
    assert WorkingCopy.objects.count() == 0
    keep(desk, draft, summary="Again")
    editor.delete()
    assert WorkingCopy.objects.count() == 0


@pytest.mark.parametrize("act", ["erase-history", "delete"])
def test_what_is_erased_or_deleted_is_offered_to_nobody_any_more(client, db, act):
    news, other, root = factories.news(), factories.news("other"), factories.administrator()
    client.force_login(root)
    for number, row in enumerate([news, other]):
        assert keep(client, row, name=f"{PAGE}{number}", text="A name that the family wants gone").status_code == 200

    sent = {"reason": "the family asked"} if act == "erase-history" else {"post": "yes"}
    assert client.post(address(news, "change").replace("change/", f"{act}/"), sent).status_code == 302

    assert [copy.object_id for copy in WorkingCopy.objects.all()] == [str(other.pk)]
