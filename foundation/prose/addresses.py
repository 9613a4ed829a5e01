"""Email addresses as people type and paste them, made such that a mail to them can really be written."""

import re
from functools import lru_cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.mail.message import sanitize_address
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from foundation.prose.typed import code

MOST = 320  # characters of an address, and of what is looked at: 64 before the sign and 255 behind it (RFC 5321)
ONE = re.compile(r"<([^<>]*)>")
NO_EMAIL = _("Enter an email address in the correct format, like name@example.com")
TWO = _("Enter one email address only")
LETTERS = _("We cannot send email to an address with letters like é or ñ. Enter another address.")


def email(typed: str) -> str:
    """The address in what somebody typed or pasted: “Ana <ana@example.com>”, “mailto:ana@example.com”, a full stop behind it."""
    text = code(typed)
    inside = ONE.findall(text)
    if len(inside) == 1:
        text = inside[0]
    text = re.sub(r"^mailto:([^?]*)(\?.*)?$", r"\1", text.strip(" <>"), flags=re.IGNORECASE)
    name, at, domain = re.sub(r"\s*@\s*", "@", text).strip(" .,;:<>()").rpartition("@")
    return name + at + re.sub("[\u3002\uff61]", ".", domain)


def check_email(address: str) -> None:
    """Raises ValidationError unless it is one address, and a mail to it can be composed and reaches just that domain."""
    if len(address) > MOST:
        raise ValidationError(NO_EMAIL, "email")
    if re.search(r"@.+[\s,;].*@", address):
        raise ValidationError(TWO, "email")
    name, _at, domain = address.rpartition("@")
    if not name.isascii() or not _is_same_domain(domain):
        raise ValidationError(LETTERS, "letters")
    EmailValidator(NO_EMAIL)(address)
    try:
        sendable = sanitized(address)
    except (ValueError, IndexError) as error:
        raise ValidationError(NO_EMAIL, "email") from error
    if not sendable.isascii() or sendable.rpartition("@")[0] != name:
        raise ValidationError(NO_EMAIL, "email")


@lru_cache(maxsize=64)  # of a mail, its reader is asked for twice; the sender with each
def sanitized(address: str) -> str:
    """As it stands in a mail. Raises ValueError or IndexError where none can be written to it."""
    return sanitize_address(address, "utf-8")


def sendable(stored: str) -> str:
    """The stored address, cleaned; "" if no mail can be written to it."""
    try:
        check_email(address := email(stored))
    except ValidationError:
        return ""
    return address


def _is_same_domain(domain: str) -> bool:
    """Whether mail programs write to this very domain. The older rule of IDNA makes “ss” of “ß”, which is somebody else."""
    try:
        return domain.isascii() or domain.encode("idna").decode("idna").lower() == domain.lower()
    except UnicodeError:
        return False


class Email(forms.EmailField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = [each for each in self.validators if not isinstance(each, EmailValidator)] + [check_email]

    def to_python(self, value: Any) -> str:
        return str(super().to_python(email(str(value or ""))))
