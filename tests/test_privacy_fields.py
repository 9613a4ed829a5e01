"""Sealed columns: unreadable in the database, bound to their row and column, and no way past the seal."""

import copy
import pickle

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Concat
from hypothesis import given, strategies as st

from appointments import actions
from appointments.models import Draft, Note, Request
from foundation.outbox.models import Message
from foundation.privacy.fields import Sealed, seal, unseal
from foundation.privacy.keys import Unreadable
from tests import factories


@pytest.fixture
def request_(db):
    return factories.request(child_name="Kim Canary", note="hurts at night")


def in_database(row, column):
    """What really stands there."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {row._meta.db_table} WHERE id = %s", [row.pk])
        return cursor.fetchone()[0]


def put(row, **columns):
    """Behind the software's back."""
    for column, value in columns.items():
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {row._meta.db_table} SET {column} = %s WHERE id = %s", [value, row.pk])
    return type(row).objects.get(pk=row.pk)


@pytest.mark.databases
def test_the_database_holds_only_the_seal(request_):
    stored = in_database(request_, "child_name")

    assert "Kim" not in stored
    assert stored.startswith("k1.")
    assert Request.objects.get().child_name == "Kim Canary"


def test_equal_texts_differ_in_the_database(db):
    one, two = (factories.request(draft_key=letter * 64) for letter in "ab")

    assert one.child_name == two.child_name
    assert in_database(one, "child_name") != in_database(two, "child_name")


@pytest.mark.databases
def test_every_save_of_a_new_text_seals_it_anew(request_):
    before = in_database(request_, "note")
    request_.note = "hurts at night"
    request_.save()

    assert in_database(request_, "note") != before


def test_a_save_of_what_nobody_touched_changes_nothing(request_):
    before = in_database(request_, "note")

    Request.objects.get().save()

    assert in_database(request_, "note") == before


@pytest.mark.parametrize("to", ["child_liked_name", "email"])
def test_a_seal_moved_to_another_column_does_not_open(request_, to):
    moved = put(request_, **{to: in_database(request_, "child_name")})

    with pytest.raises(Unreadable):
        getattr(moved, to)
    assert moved.unreadable() == [to]
    assert moved.child_name == "Kim Canary"


def test_a_seal_moved_to_another_row_does_not_open(request_):
    other = factories.request(draft_key="b" * 64)

    moved = put(other, child_name=in_database(request_, "child_name"))

    assert moved.unreadable() == ["child_name"]


@pytest.mark.databases
@pytest.mark.parametrize("emptied", [False, True])
def test_an_old_seal_of_the_same_cell_does_not_open_again(request_, emptied):
    before = {name: in_database(request_, name) for name in ("child_name", "note")}
    if emptied:
        Request.objects.update(**Request.emptied())
    else:
        request_.note = "better now"
        request_.save(update_fields=["note"])
        assert [getattr(Request.objects.get(), name) for name in before] == ["Kim Canary", "better now"]

    assert [put(request_, **{name: stored}).unreadable() for name, stored in before.items()] == [
        ["child_name"],
        ["child_name", "note"],
    ]


def test_an_old_version_put_back_with_its_seal_opens_none_of_the_others(request_):
    old = in_database(request_, "note")
    request_.note = "better now"
    request_.save()

    forged = put(request_, note=old, seal_version=0)

    assert (forged.note, set(forged.unreadable())) == (
        "hurts at night",
        {field.name for field in Request.sealed_fields() if in_database(request_, field.column)} - {"note"},
    )


@pytest.mark.databases
def test_two_who_save_different_cells_of_one_row_lose_none(request_):
    one, two, three = (Request.objects.defer("email").get() for _turn in range(3))
    one.note, two.child_liked_name = "better now", "Kimmy"
    one.save()
    two.save(update_fields=["child_liked_name"])
    three.save()

    stored = Request.objects.get()
    assert (stored.note, stored.child_liked_name, stored.child_name) == ("better now", "Kimmy", "Kim Canary")
    assert stored.unreadable() == []
    assert three.email == stored.email  # fetched with the version that it has by now
    assert three.child_name == "Kim Canary"


def test_a_process_that_lacks_the_key_of_another_cell_does_not_make_it_useless(request_, settings):
    email = in_database(request_, "email")
    row = put(request_, email="k9." + email.partition(".")[2])
    row.note = "better now"
    row.save()

    healed = put(request_, email=email)
    assert (healed.unreadable(), healed.note, healed.seal_version) == ([], "better now", 0)


def test_what_is_set_and_not_saved_stays_set(request_):
    request_.note, request_.child_liked_name = "better now", "Kimmy"
    request_.save(update_fields=["note"])

    assert (request_.child_liked_name, Request.objects.get().child_liked_name) == ("Kimmy", "")
    request_.save()
    assert Request.objects.get().child_liked_name == "Kimmy"


def test_a_row_that_was_deleted_meanwhile_is_made_again(db):
    draft = Draft(key="d")
    draft.write({"child": {"name": ["Kim"]}})
    Draft.objects.all().delete()

    draft.write({"child": {"name": ["Kim", "Canary"]}})

    assert Draft.objects.get().read() == {"child": {"name": ["Kim", "Canary"]}}


def test_a_seal_with_any_letter_changed_does_not_open():
    closed = seal("Kim", context="here")

    for place, letter in enumerate(closed):
        changed = Sealed(closed[:place] + ("A" if letter != "A" else "B") + closed[place + 1 :])
        with pytest.raises(Unreadable):
            unseal(changed, context="here")


@pytest.mark.parametrize("written", ["x", "k1", "k1.", "k1.AAAA", "k1.ä", "k1.A", ".", "Kim Canary", "k1." + "A" * 400])
def test_what_is_no_seal_does_not_open(written):
    with pytest.raises(Unreadable):
        unseal(Sealed(written), context="here")


def test_a_row_that_does_not_open_can_still_be_moved_refreshed_and_erased(request_):
    broken = put(request_, child_name="k1.AAAA")

    broken.refresh_from_db()
    broken.save()
    Request.objects.update(**Request.emptied())

    assert Request.objects.get().child_name == ""


@pytest.mark.databases
def test_deferred_columns_are_fetched_when_asked_for(request_, django_assert_num_queries):
    row = Request.objects.defer("child_name").get()

    with django_assert_num_queries(1):
        assert row.child_name == "Kim Canary"


def test_rows_fetched_with_one_column_open_and_save_it(request_):
    row = Request.objects.only("note").get()
    row.note = "better now"
    row.save(update_fields=["note", "child_name"])

    stored = Request.objects.get()
    assert (row.note, stored.note, stored.child_name) == ("better now", "better now", "Kim Canary")


def test_refreshing_brings_what_was_written_meanwhile(request_):
    mine = Request.objects.get()
    request_.note = "new words"
    request_.save()

    mine.refresh_from_db()

    assert mine.note == "new words"


@pytest.mark.databases
def test_bulk_create_seals(request_):
    Note.objects.bulk_create(Note(request=request_, kind="staff", words=words) for words in ("first words", "second words"))

    notes = list(Note.objects.all())
    assert [note.words for note in notes] == ["first words", "second words"]
    assert ["words" in in_database(note, "words") for note in notes] == [False, False]


@pytest.mark.parametrize(
    "value",
    [
        "Kim Canary",
        Value("Kim Canary"),
        F("reference"),
        F("note"),
        Concat(Value("Kim "), Value("Canary")),
        Case(When(pk=1, then=Value("Kim Canary")), default=Value("")),
        7,
    ],
)
def test_update_past_the_seal_is_refused(request_, value):
    before = in_database(request_, "child_liked_name")

    with pytest.raises(TypeError), transaction.atomic():
        Request.objects.update(child_liked_name=value)

    assert in_database(request_, "child_liked_name") == before


def test_bulk_update_past_the_seal_is_refused(request_):
    request_.note = "new words"

    with pytest.raises(TypeError), transaction.atomic():
        Request.objects.bulk_update([request_], ["note"])

    assert Request.objects.get().note == "hurts at night"


@pytest.mark.parametrize("value", [Value("Kim"), F("reference"), 7, ["Kim"]])
def test_only_text_can_be_set(request_, value):
    with pytest.raises((TypeError, AttributeError)):
        request_.note = value


def test_no_plain_text_is_looked_for(request_):
    with pytest.raises(TypeError):
        Request.objects.filter(child_name="Kim Canary").exists()
    for lookup in ("icontains", "startswith", "regex", "gt"):
        with pytest.raises(FieldError):
            Request.objects.filter(**{f"child_name__{lookup}": "Kim"}).exists()


@pytest.mark.databases
def test_emptiness_can_be_asked_for_and_stays_empty(request_):
    assert in_database(request_, "referring_doctor") == ""
    assert request_.referring_doctor == ""
    assert Request.objects.filter(referring_doctor="").count() == 1
    assert Request.objects.exclude(child_name="").count() == 1
    assert Request.objects.update(note="") == 1
    assert Request.objects.get().note == ""


@pytest.mark.databases
def test_null_is_refused(request_):
    with pytest.raises(IntegrityError), transaction.atomic():
        Request.objects.update(note=None)


def test_values_are_never_plain(request_):
    rows = [
        Request.objects.values("child_name").get()["child_name"],
        Request.objects.values_list("child_name", flat=True).get(),
        Request.objects.annotate(found=F("child_name")).values_list("found", flat=True).get(),
        Note.objects.create(request=request_, kind="staff", words="x").request.__dict__["child_name"],
    ]

    assert [type(row) for row in rows] == [Sealed] * 4
    assert "Kim" not in str(rows)


@pytest.mark.parametrize("make", ["new", "fetched", "set", "read", "copied"])
def test_no_way_of_writing_a_row_down_shows_the_text(request_, make):
    row = Request.objects.get()
    if make == "new":
        row = Request(child_name="Kim Canary", note="hurts at night", department=request_.department)
    elif make == "set":
        row.child_name = "Kim Canary"
    elif make == "read":
        assert row.child_name == "Kim Canary"
    elif make == "copied":
        row = copy.deepcopy(row)

    written = [repr(row), str(row), str(vars(row)), str(pickle.dumps(row)), str(row.__reduce__())]

    assert "Kim" not in "".join(written)
    assert pickle.loads(pickle.dumps(row)).child_name == "Kim Canary"


@given(st.text())
def test_every_text_comes_back(text):
    closed = seal(text, context="here")

    assert unseal(closed, context="here") == text
    assert closed.isascii()


@pytest.mark.databases
@pytest.mark.parametrize("text", ["a\x00b", "ﷺ 🧒🏽 e\u0301 \u202e\u200b", "long " * 200_000, "k1.AAAA", " \r\n\t"])
def test_odd_texts_survive_the_database(request_, text):
    request_.note = text
    request_.save()

    assert Request.objects.get().note == text


def test_what_does_not_open_is_told_plainly_to_staff(request_, client):
    """Each column alone where it is shown; then all of them at once, everywhere."""
    client.force_login(factories.administrator())
    columns = ["child_name", "child_born", "email", "phone", "contact", "wishes", "note", "link"]
    whole, other = {column: in_database(request_, column) for column in columns}, in_database(request_, "asker_name")
    case, message = f"/admin/appointments/request/{request_.pk}/", f"/admin/outbox/message/{Message.objects.get().pk}/change/"

    for column in columns:
        put(request_, **{column: other})
        answers = {address: client.get(address) for address in ("/admin/appointments/request/", message, f"{case}change/")}
        put(request_, **{column: whole[column]})

        assert {address: answer.status_code for address, answer in answers.items()} == dict.fromkeys(answers, 200), column
        told_at = message if column == "link" else f"{case}change/"
        assert "cannot be read any more" in answers[told_at].content.decode(), column

    put(request_, **dict.fromkeys(columns, other))
    verbs = ("change", "offer", "confirm", "merge", "ask", "close", "history")
    addresses = ["/admin/", "/admin/appointments/request/", message, *(f"{case}{verb}/" for verb in verbs)]
    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)


def test_verbs_work_on_a_request_that_does_not_open(request_, client):
    client.force_login(factories.administrator())
    put(request_, child_name="k1.AAAA", email="k1.AAAA", closing_words="k1.AAAA")
    case = f"/admin/appointments/request/{request_.pk}/"

    for verb in ("take", "close"):
        seen = Request.objects.get().version
        assert client.post(f"{case}{verb}/", {"seen": seen, "reason": "other", "words": "It ends here."}).status_code == 302

    assert Request.objects.get().status == "closed"
    assert Request.objects.get().closing_words == "It ends here."


def test_a_verb_that_needs_what_does_not_open_says_so(request_):
    put(request_, email="k1.AAAA")

    with pytest.raises(Unreadable) as refused:
        actions.change_contact(request=request_, fields={"email": "", "phone": "212 555 0100", "contact": {}})

    assert str(refused.value) == (
        "Something stored cannot be read any more (appointments_request.email). Tell the person who runs this site."
    )
