"""A form that is sent twice acts once: which forms were sent is known by a keyed hash of what was in them."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.crypto import get_random_string, salted_hmac

from appointments.models import Press

KEPT = timedelta(days=1)
LEFT_OUT = {"csrfmiddlewaretoken"}


def fresh() -> str:
    """For the hidden answer `once` of a form that is shown."""
    return get_random_string(12)


def key_of(*about: Any, sent: Any) -> UUID:
    """The same for each time that one form is sent. `about`: whose form, for which request; `sent`: the QueryDict."""
    answers = sorted((name, values) for name, values in sent.lists() if name not in LEFT_OUT)
    written = json.dumps([[str(each) for each in about], answers])
    return UUID(bytes=salted_hmac("appointments.press", written, algorithm="sha256").digest()[:16])


def is_first(key: UUID) -> bool:
    """Whether this form was not sent before. In the transaction of what it does; one sent at the same moment waits for its end."""
    return Press.objects.get_or_create(key=key)[1]


def was_sent(key: UUID) -> bool:
    """Whether what this form does is done."""
    return Press.objects.filter(key=key).exists()
