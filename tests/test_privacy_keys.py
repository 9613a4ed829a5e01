"""The key ring: the first key seals, all of them open; a ring that cannot work is refused with a sentence."""

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured

from foundation.privacy import keys
from foundation.privacy.fields import seal, unseal

ONE = base64.urlsafe_b64encode(b"1" * 32).decode()
TWO = base64.urlsafe_b64encode(b"2" * 32).decode()


def test_the_first_key_seals_and_all_of_them_open(settings):
    settings.FIELD_KEYS = f"old:{ONE}"
    before = seal("Kim", context="here")

    settings.FIELD_KEYS = f"new:{TWO}, old:{ONE}"
    after = seal("Kim", context="here")

    assert (before.key, after.key) == ("old", "new")
    assert [unseal(closed, context="here") for closed in (before, after)] == ["Kim", "Kim"]


def test_a_key_that_is_gone_opens_nothing(settings):
    settings.FIELD_KEYS = f"old:{ONE}"
    closed = seal("Kim", context="here")
    settings.FIELD_KEYS = f"new:{TWO}"

    with pytest.raises(keys.Unreadable):
        unseal(closed, context="here")


def test_another_key_of_the_same_name_opens_nothing(settings):
    settings.FIELD_KEYS = f"k1:{ONE}"
    closed = seal("Kim", context="here")
    settings.FIELD_KEYS = f"k1:{TWO}"

    with pytest.raises(keys.Unreadable):
        unseal(closed, context="here")


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("", "FIELD_KEYS is empty. Set at least one key as name:key."),
        (" , ", "FIELD_KEYS is empty. Set at least one key as name:key."),
        ("k1", "FIELD_KEYS: the key k1 is not 32 bytes in URL-safe Base64."),
        (f"k1:{ONE[:20]}", "FIELD_KEYS: the key k1 is not 32 bytes in URL-safe Base64."),
        ("k1:" + base64.urlsafe_b64encode(b"1" * 16).decode(), "FIELD_KEYS: the key k1 is not 32 bytes in URL-safe Base64."),
        (f"k1:{ONE[:-1]}!", "FIELD_KEYS: the key k1 is not 32 bytes in URL-safe Base64."),
        (
            f"k.1:{ONE}",
            "FIELD_KEYS is not understood. Give each key a short name of its own, like k1:key,k2:key.",
        ),
        (
            f"k1:{ONE},k1:{TWO}",
            "FIELD_KEYS is not understood. Give each key a short name of its own, like k1:key,k2:key.",
        ),
        (f":{ONE}", "FIELD_KEYS is not understood. Give each key a short name of its own, like k1:key,k2:key."),
    ],
)
def test_a_ring_that_cannot_work_is_refused_in_words(settings, written, sentence):
    settings.FIELD_KEYS = written

    with pytest.raises(ImproperlyConfigured) as refused:
        keys.ring()

    assert str(refused.value) == sentence


def test_the_blind_index_finds_equals_and_needs_its_own_key(settings):
    found = keys.keyed_hash("pat@example.org", what="email")

    assert found == keys.keyed_hash("pat@example.org", what="email")
    assert found != keys.keyed_hash("pat@example.org", what="phone")
    assert found != keys.keyed_hash("pat@example.net", what="email")
    settings.INDEX_KEY = "another" * 10
    assert found != keys.keyed_hash("pat@example.org", what="email")
