"""Rows stored, found and removed by statements that are worded once: the same as in Django's own way."""

import pytest
from django.db import IntegrityError, transaction

from appointments.models import Draft
from foundation.audit.directly import find, insert, inserting, removing, together
from foundation.outbox.models import Message
from foundation.privacy import tokens
from tests import factories


def test_row_is_stored_as_save_stores_it(db):
    rows = [Message(kind="received", object_id=1, detail={"time": 2}, message_id=f"<{n}@example.org>") for n in range(2)]

    rows[0].save()
    stored = insert(rows[1])

    saved, inserted = Message.objects.order_by("pk").values(
        "kind", "object_id", "detail", "language", "once", "status", "sent_at"
    )
    assert stored is True
    assert saved == inserted
    assert Message.objects.last() == rows[0]  # the newest comes first
    assert Message.objects.first() == rows[1]
    assert rows[1]._state.adding is False


def test_row_whose_key_is_there_is_not_stored(db):
    first = factories.request("a" * 64)
    again = type(first)(draft_key=first.draft_key, reference="AAAA-BBBB", link_hash="b", calendar_uid="b")
    again.department, again.mode = first.department, "either"

    assert insert(again, unless="draft_key") is False
    assert again.pk is None
    assert type(first).objects.get() == first


@pytest.mark.parametrize("locked", [False, True])
def test_row_is_found_as_django_finds_it(db, locked):
    key = tokens.hashed("secret")
    Draft(key=key).write({"you": {"name": ["Pat"]}})
    stored = Draft.objects.get()

    found = find(Draft, key=key, locked=locked)

    assert found == stored
    assert {name: value for name, value in vars(found).items() if name != "_state"} == {
        name: value for name, value in vars(stored).items() if name != "_state"
    }
    assert found.read() == stored.read()
    assert find(Draft, key="another", locked=locked) is None


def test_row_is_removed_alone(db):
    drafts = [Draft(key=key) for key in "ab"]
    for draft in drafts:
        draft.write({})

    together([removing(drafts[0])])

    assert list(Draft.objects.all()) == drafts[1:]


def test_statements_answer_their_own_rows(db):
    ask = "SELECT kind FROM outbox_message WHERE object_id = %s ORDER BY kind"
    messages = [Message(kind=kind, object_id=1, message_id=f"<{kind}@example.org>") for kind in ("inbox", "received")]

    found = together([*map(inserting, messages), (ask, [1]), (ask, [2])])

    assert found == [[], [], [("inbox",), ("received",)], []]


def test_statements_run_together_and_all_or_none(db):
    draft, message = Draft(key="a"), Message(kind="received", object_id=1, message_id="<100%s@example.org>")
    draft.write({})

    together([inserting(message), removing(draft)])

    assert Message.objects.get().message_id == "<100%s@example.org>"
    assert not Draft.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        together([inserting(Draft(key="b")), inserting(message)])  # its number is taken
    assert not Draft.objects.exists()
