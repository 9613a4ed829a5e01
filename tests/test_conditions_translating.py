"""Writing a translation: the English beside it, what changed in it since, who answers for the words, and what is behind."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from conditions import actions
from conditions.translations import behind
from foundation.workflow import Refused
from portal.staff.worklist.editions import LISTS
from tests import factories
from tests.admin_forms import filled
from tests.test_pictures_library import png

FEBRUARY = factories.LONG_AGO.replace(month=2)
BEHIND = next(each for each in LISTS if str(each.title) == "Translations behind the English")


@pytest.fixture
def english(db):
    row = factories.condition("crmo", name="CRMO")
    row.names.create(language="es", kind="preferred", text="OMCR")
    draft = factories.draft(row, sections=("overview", "treatment"), summary="Bones hurt.")
    return factories.publish(draft)


def new_english(before, treatment, at=FEBRUARY):
    draft = actions.start_draft(condition=before.condition, language="en", by="test")
    draft.sections.filter(kind="treatment").update(body=f"<p>{treatment}</p>")
    return factories.publish(draft, at=at)


def translate(draft, **said):
    said = {"translated_by": "Tess", "checked_by": "Carla"} | said
    draft.summary, draft.key_points = "Los huesos duelen.", "Uno"
    draft.save()
    draft.sections.update(body="<p>Texto.</p>")
    type(draft.translation).objects.filter(edition=draft).update(**said)
    draft.refresh_from_db()
    return draft


def page(client, user, draft):
    client.force_login(user)
    return client.get(reverse("admin:conditions_edition_change", args=[draft.pk])).content.decode()


def test_translation_starts_with_the_english_structure(english, editor, client):
    draft = actions.start_draft(condition=english.condition, language="es", by=editor)
    html = page(client, editor, draft)

    assert list(draft.sections.values_list("kind", "body")) == [("overview", ""), ("treatment", "")]
    assert draft.sources.count() == 1
    assert draft.translation.of == english
    assert html.count("English, version 1") == 5  # three fields that have words, two sections
    assert "Text on treatment of crmo." in html


def test_empty_sections_are_kept_while_somebody_translates(english, editor, client):
    draft = actions.start_draft(condition=english.condition, language="es", by=editor)
    client.force_login(editor)
    address = reverse("admin:conditions_edition_change", args=[draft.pk])
    form = client.get(address)

    answer = client.post(address, filled(form) | {"summary": "Los huesos duelen."})
    draft.refresh_from_db()

    assert answer.status_code == 302
    assert draft.summary == "Los huesos duelen."


def test_what_changed_in_the_english_is_marked_in_the_next_draft(english, editor, client):
    first = translate(actions.start_draft(condition=english.condition, language="es", by="test"))
    factories.publish(first)
    assert list(behind()) == []
    newer = new_english(english, "Text on slow treatment of crmo.")

    draft = actions.start_draft(condition=english.condition, language="es", by=editor)
    html = page(client, editor, draft)

    assert list(behind()) == [first]
    assert draft.translation.of == newer
    assert (draft.translation.translated_by, draft.translation.checked_by) == ("Tess", "")
    assert "1 place changed since the translation before" in html
    assert "<ins>" in html
    factories.publish(translate(draft), at=factories.LONG_AGO.replace(month=3))
    assert list(behind()) == []


def test_open_draft_follows_the_newer_english_when_asked(english, editor, client):
    draft = translate(actions.start_draft(condition=english.condition, language="es", by=editor))
    newer = new_english(english, "Other words.")
    follow = reverse("admin:conditions_edition_follow", args=[draft.pk])
    before = page(client, editor, draft)

    client.post(follow)
    after = page(client, editor, draft)
    draft.translation.refresh_from_db()

    assert follow in before
    assert "Visitors read English version 2 by now." in before
    assert follow not in after
    assert draft.translation.of == newer
    assert draft.summary == "Los huesos duelen."


@pytest.mark.parametrize(
    ("lack", "words"),
    [
        (lambda draft: draft.sections.filter(kind="treatment").update(body=""), "Write the text of each section"),
        (lambda draft: translate(draft, translated_by=""), "Say who translated the text."),
        (lambda draft: translate(draft, checked_by=""), "Say which qualified translator checked it."),
    ],
)
def test_translation_that_lacks_something_is_not_submitted(english, lack, words):
    draft = translate(actions.start_draft(condition=english.condition, language="es", by="test"))
    lack(draft)

    with pytest.raises(Refused, match=words):
        actions.submit(edition=draft, by="test")


def test_picture_comes_with_the_structure_and_its_words_are_translated(db):
    row = factories.condition("crmo", name="CRMO")
    row.names.create(language="es", kind="preferred", text="OMCR")
    source = factories.draft(row)
    section = source.sections.get()
    factories.put_picture(section, png())
    section.picture_alt = "A red knee"
    section.save()
    factories.publish(source)
    draft = translate(actions.start_draft(condition=row, language="es", by="test"))

    with pytest.raises(Refused, match="Translate what each picture tells"):
        actions.submit(edition=draft, by="test")
    draft.sections.update(picture_alt="Una rodilla roja")
    actions.submit(edition=draft, by="test")

    assert draft.sections.get().picture == section.picture


def test_first_part_goes_on_without_its_empty_sections(english):
    draft = translate(actions.start_draft(condition=english.condition, language="es", by="test"))
    draft.sections.update(body="")

    factories.publish(draft)
    whole = actions.start_draft(condition=english.condition, language="es", by="test")

    assert draft.is_first_part
    assert (whole.summary, whole.sections.count()) == ("Los huesos duelen.", 2)


def spanish_of(row):
    return factories.publish(translate(actions.start_draft(condition=row, language="es", by="test")))


def same_words(english):
    factories.publish(
        actions.start_draft(condition=english.condition, language="en", by="test"), at=factories.LONG_AGO.replace(month=2)
    )


def withdraw(edition, **how):
    actions.withdraw(edition=edition, by="test", reason="Wrong", **how)


TOMORROW = timezone.now() + timedelta(days=1)
STATES = {  # what happens after the Spanish followed English version 1: (acts, what the first page says of it)
    "nothing": (lambda en, es: None, ""),
    "a newer English is written": (lambda en, es: actions.start_draft(condition=en.condition, language="en", by="test"), ""),
    "a newer English waits for its day": (lambda en, es: new_english(en, "Other words.", at=TOMORROW), ""),
    "a newer English says the same words": (lambda en, es: same_words(en), ""),
    "a newer English is read": (
        lambda en, es: new_english(en, "Other words."),
        "follows English version 1, visitors read version 2",
    ),
    "a Spanish draft follows the newer English": (
        lambda en, es: (
            new_english(en, "Other words."),
            actions.start_draft(condition=en.condition, language="es", by="test"),
        ),
        "follows English version 1, visitors read version 2",
    ),
    "the Spanish follows the newer English": (
        lambda en, es: (
            new_english(en, "Other words."),
            factories.publish(
                translate(actions.start_draft(condition=en.condition, language="es", by="test")),
                at=factories.LONG_AGO.replace(month=3),
            ),
        ),
        "",
    ),
    "the newer English, which it follows, is withdrawn": (
        lambda en, es: (
            newer := new_english(en, "Other words."),
            factories.publish(
                translate(actions.start_draft(condition=en.condition, language="es", by="test")),
                at=factories.LONG_AGO.replace(month=3),
            ),
            withdraw(newer),
        ),
        "follows English version 2, visitors read version 1",
    ),
    "the English is withdrawn": (lambda en, es: withdraw(en), ""),
    "the Spanish is withdrawn after a newer English": (lambda en, es: (new_english(en, "Other words."), withdraw(es)), ""),
}


@pytest.mark.parametrize("state", STATES)
def test_translation_behind_or_ahead_of_its_english_is_told_as_it_is(english, state):
    act, expected = STATES[state]
    spanish = spanish_of(english.condition)

    act(english, spanish)

    assert [waiting.note for waiting in BEHIND.ask(factories.staff("olive")).things] == ([expected] if expected else [])


def test_translations_behind_stand_on_the_first_page(english, editor, client):
    first = translate(actions.start_draft(condition=english.condition, language="es", by="test"))
    factories.publish(first)
    new_english(english, "Other words.")
    client.force_login(editor)

    html = client.get(reverse("admin:index")).content.decode()

    assert "Translations behind the English" in html
    assert "follows English version 1" in html
