"""Whom a message goes to: addresses as they are stored, some from before the forms cleaned them."""

from smtplib import SMTPRecipientsRefused

from foundation.prose.addresses import sendable


def recipient(stored: str) -> str:
    """The address a mail can be written to. Raises SMTPRecipientsRefused, as a mail server would, where there is none for good."""
    address = sendable(stored)
    if not address:
        raise SMTPRecipientsRefused({stored: (553, b"no mail can be written to this address")})
    return address
