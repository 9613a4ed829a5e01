"""Every column of a private table has a class, and what is personal is sealed."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db.models import CharField, FileField, ForeignKey, GenericIPAddressField, JSONField, TextField

from appointments.column_text import PARTS
from appointments.models import Request
from foundation.privacy.fields import Column, SealedField, SealedModel
from portal.staff.models import Invitation
from stories.models import Authorization, Story

MODELS = [
    model for model in apps.get_app_config("appointments").get_models(include_auto_created=True) if not model._meta.proxy
]


def kinds(model):
    """The class of each column; a join table that Django made holds row numbers alone."""
    if model._meta.auto_created:
        assert all(isinstance(field, ForeignKey) or field.primary_key for field in model._meta.concrete_fields)
        return {field.name: Column.PLAIN for field in model._meta.concrete_fields}
    return model.columns


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_column_has_a_class_and_no_class_lacks_its_column(model):
    assert set(kinds(model)) == {field.name for field in model._meta.concrete_fields}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_what_is_personal_or_secret_is_sealed_and_nothing_else(model):
    sealed = {field.name for field in model._meta.concrete_fields if isinstance(field, SealedField)}

    assert {name for name, kind in kinds(model).items() if kind in {Column.PERSONAL, Column.SECRET}} == sealed


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_an_index_is_a_hash_and_nothing_that_can_be_read(model):
    indexes = [model._meta.get_field(name) for name, kind in kinds(model).items() if kind is Column.INDEX]

    assert [(type(field), field.max_length) for field in indexes] == [(CharField, 64)] * len(indexes)


def test_free_text_without_a_seal_is_a_code_or_drawn_by_us():
    """Somebody who adds a column that a person types into must seal it, or say here why not."""
    ours = {
        "reference",
        "draft_key",
        "link_hash",
        "child_index",
        "email_index",
        "phone_index",
        "calendar_uid",
        "site_language",
        "state",
    }
    typed = {
        f"{model.__name__}.{field.name}"
        for model in MODELS
        for field in model._meta.concrete_fields
        if field.get_internal_type() in {"CharField", "TextField", "JSONField"}
        and not isinstance(field, SealedField)
        and not field.choices
    }

    assert typed == {f"Request.{name}" for name in ours} | {
        "CalendarFeed.token_hash",
        "Draft.key",
        "OfferedTime.zone",
        "RequestEvent.after",
        "RequestEvent.before",
        "RequestEvent.verb",
        "ReceivingSystem.name",  # of the hospital, as all of its row
        "ReceivingSystem.networks",
        "ReceivingSystem.token_hash",
    }


def test_every_answer_has_its_row_in_the_privacy_page_and_its_place_on_the_case():
    """A question is asked because somebody uses it, and families can read why."""
    rows = re.findall(r"^\|[^|\n]+\|([^|\n]+)\|", (settings.BASE_DIR / "docs/privacy.md").read_text(), re.MULTILINE)
    explained = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    shown = {name for _title, names in PARTS for name in names}
    ours = {"id", "seal_id", "seal_version", "closing_words", "site_language"}  # what no family answers
    answers = {field.name for field in Request._meta.concrete_fields if field.editable} - ours

    assert answers - explained == set(), "Say in docs/privacy.md why we ask, who reads it and how long it stays."
    assert answers - shown == set(), "Show it to coordinators: PARTS in appointments/column_text.py."


def test_erasing_a_row_empties_all_that_is_not_plain():
    private = {name for name, kind in Request.columns.items() if kind is not Column.PLAIN}

    assert {"child_name", "child_born", "email", "phone", "note", "email_index", "phone_index", "link"} <= private
    assert all(issubclass(model, SealedModel) or set(kinds(model).values()) == {Column.PLAIN} for model in MODELS)


OTHERS = [User, EmailAddress, Authenticator, Session, UserSession, Invitation, Authorization, Story]


def test_every_text_that_may_say_something_of_staff_or_of_who_tells_a_story_has_a_class_in_the_privacy_page():
    page = (settings.BASE_DIR / "docs/privacy.md").read_text()
    named = set(re.findall(rf"`((?:{'|'.join(model.__name__ for model in OTHERS)})\.\w+)`", page))
    texts = {
        f"{model.__name__}.{field.name}"
        for model in OTHERS
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField | JSONField | GenericIPAddressField | FileField) and not field.choices
    }

    assert named == texts
