"""A signature or an approval and a save at the same moment: no page shows what nobody signed."""

import pytest

from conditions import actions
from conditions.models import Edition, Section, SignOff
from tests import factories
from tests.parallel import at_once
from tests.test_conditions_unsigned import BODY, REFUSALS, tried

ROUNDS = 8


def submitted(number):
    """A draft that waits, of a condition of its own, and who may sign it."""
    draft = factories.draft(factories.condition(f"c-{number}"))
    actions.submit(edition=draft, by="test")
    return draft


def signs(draft, reviewer):
    def act():
        actions.sign_off(edition=Edition.objects.get(pk=draft.pk), reviewer=reviewer, by="test")

    return act


def approves(draft):
    return lambda: actions.approve(edition=Edition.objects.get(pk=draft.pk), by="test")


def updates(draft):
    return lambda: Section.objects.filter(edition=draft.pk).update(body=BODY)


def saves(draft):
    def act():
        section = Section.objects.get(edition=draft.pk)
        section.body = BODY
        section.save()

    return act


def signed_texts():
    return {(s.edition.condition_id, s.digest) for s in SignOff.objects.select_related("edition") if BODY not in str(s.text)}


@pytest.mark.parametrize("writes", [updates, saves])
def test_of_a_signature_and_a_save_at_once_only_what_was_signed_can_be_approved(own, writes):
    reviewer = factories.clinician()
    for number in range(ROUNDS):
        draft = submitted(number)

        results = at_once(lambda act: act(), [signs(draft, reviewer), writes(draft)])
        tried(approves(draft))

        signed = SignOff.objects.get(edition=draft)
        assert [fault for fault in results if isinstance(fault, Exception)] == []
        shown = Edition.objects.get(pk=draft.pk)
        assert shown.is_open or shown.digest() == signed.digest


@pytest.mark.parametrize("writes", [updates, saves])
def test_of_an_approval_and_a_save_at_once_only_signed_text_is_shown(own, writes):
    reviewer = factories.clinician()
    for number in range(ROUNDS):
        draft = submitted(number)
        signs(draft, reviewer)()

        results = at_once(lambda act: act(), [approves(draft), writes(draft)])

        assert [fault for fault in results if isinstance(fault, Exception) and not isinstance(fault, REFUSALS)] == []
    public = {(e.condition_id, e.digest()) for e in Edition.objects.exclude(status__in=Edition.OPEN)}
    assert public <= signed_texts()
