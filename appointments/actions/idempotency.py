"""A family's form that is sent twice acts once. Its address is a secret, so the form is known by a keyed hash alone."""

import json
from typing import Any

from django.utils.crypto import get_random_string, salted_hmac

from foundation.adminkit.models import SentForm

SUBJECT = "family"


def draw_number() -> str:
    """For the hidden answer `once` of a form that is shown."""
    return get_random_string(12)


def key_of(*about: Any, sent: Any) -> str:
    """The same for each time that one form is sent. `about`: whose form, for which request; `sent`: the QueryDict."""
    answers = sorted((name, values) for name, values in sent.lists() if name != "csrfmiddlewaretoken")
    text = json.dumps([[str(each) for each in about], answers])
    return salted_hmac("appointments.sent", text, algorithm="sha256").hexdigest()


def is_first(key: str) -> bool:
    """Whether this form was not sent before. In the transaction of what it does; one sent at the same moment waits for its end."""
    return SentForm.objects.get_or_create(key=key, defaults={"subject": SUBJECT})[1]


def was_sent(key: str) -> bool:
    return SentForm.objects.filter(key=key).exists()
