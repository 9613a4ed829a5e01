"""Django's way to a mail server, which also tells whether a server that fell silent may have the message."""

import smtplib
from contextlib import suppress
from email.generator import BytesGenerator
from email.message import Message
from email.policy import Compat32
from io import BytesIO
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends import smtp

from foundation.prose.addresses import sanitized

DJANGOS = f"{smtp.EmailBackend.__module__}.{smtp.EmailBackend.__qualname__}"
GO_ON = 354  # the server takes the text from here on (RFC 5321, 3.3)
GOING_DOWN = 421  # the server ends the connection, whatever it was asked (RFC 5321, 3.8)
MOST_ON_ONE_LINE = 100  # mails; some servers take no more over one connection
NOWHERE = {"filebased", "console", "dummy"}  # backends of Django from which nobody gets a letter


def mail_goes_out() -> bool:
    return not NOWHERE & set(settings.EMAIL_BACKEND.split("."))


class Uncertain(Exception):
    """The text was on its way when the connection ended, or the answer meant nothing: the reader may have got it."""


class _ReportingSMTP(smtplib.SMTP):
    last_code = 0

    def getreply(self) -> Any:
        code, words = super().getreply()
        self.last_code = code
        return code, words

    def data(self, msg: Any) -> Any:
        """Only a yes or a no leaves no doubt. Raises Uncertain."""
        try:
            code, words = super().data(msg)
        except (smtplib.SMTPException, OSError) as fault:
            if self.last_code == GO_ON:
                raise Uncertain from fault
            raise
        if code // 100 not in {2, 4, 5}:
            raise Uncertain
        return (250, words) if code // 100 == 2 else (code, words)


class _ReportingSMTPOverTLS(_ReportingSMTP, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


class _ShortHeaders(Compat32):
    """As Django's mails have it; but what fits on a line is not taken apart to be folded."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        line = f"{name}: {value}"
        if isinstance(value, str) and line.isascii() and line.isprintable() and len(line) <= 76:
            return f"{line}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


def as_bytes(message: Message) -> bytes:
    """No part of quoted-printable or Base64 holds “=_” (RFC 2045, 6.7), so that no boundary need be looked for in them."""
    for part in message.walk():
        if part.is_multipart():
            part.set_boundary(f"=_{token_hex(12)}")
    written = BytesIO()
    BytesGenerator(written, mangle_from_=False, policy=_ShortHeaders(linesep="\r\n")).flatten(message)
    return written.getvalue()


class EmailBackend(smtp.EmailBackend):
    connection: Any

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _ReportingSMTPOverTLS if self.use_ssl else _ReportingSMTP

    def _send(self, email_message: EmailMessage) -> bool:
        recipients = [sanitized(address) for address in email_message.recipients()]
        self.connection.sendmail(sanitized(email_message.from_email), recipients, as_bytes(email_message.message()))
        return True

    def close(self) -> None:
        """What was taken is taken, however the server says goodbye."""
        with suppress(smtplib.SMTPException, OSError):
            super().close()


class Line:
    """The connection to the mail server, kept from one mail to the next; any other backend is opened for each mail."""

    def __init__(self) -> None:
        self._kept: Any = None
        self._sent = 0

    def send(self, mail: EmailMessage) -> None:
        """Over the kept connection; over a new one where the server has ended that meanwhile."""
        was_kept = self._kept is not None
        try:
            self._send(mail)
        except Exception as fault:
            self.close()
            if not (was_kept and _ended(fault)):
                raise
            self.send(mail)

    def close(self) -> None:
        if self._kept:
            self._kept.close()
        self._kept, self._sent = None, 0

    def _send(self, mail: EmailMessage) -> None:
        if settings.EMAIL_BACKEND != DJANGOS:
            mail.connection = get_connection()
            mail.send()
            return
        if self._kept is None:
            self._kept = EmailBackend()
            self._kept.open()
        mail.connection = self._kept
        mail.send()
        self._sent += 1
        if self._sent >= MOST_ON_ONE_LINE:
            self.close()


def _ended(fault: Exception) -> bool:
    """Whether the server took nothing of this mail because it had ended the connection, or takes no more over it."""
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        return any(code == GOING_DOWN for code, _words in fault.recipients.values())
    if isinstance(fault, smtplib.SMTPResponseException):
        return fault.smtp_code == GOING_DOWN or isinstance(fault, smtplib.SMTPSenderRefused)
    return isinstance(fault, smtplib.SMTPServerDisconnected | ConnectionError)
