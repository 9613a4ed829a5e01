"""Django's way to a mail server, which also tells whether a server that fell silent may have the message."""

import smtplib
from contextlib import suppress
from typing import Any

from django.core.mail.backends import smtp

DJANGOS = f"{smtp.EmailBackend.__module__}.{smtp.EmailBackend.__qualname__}"
GO_ON = 354  # the server takes the text from here on (RFC 5321, 3.3)


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


class EmailBackend(smtp.EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _ReportingSMTPOverTLS if self.use_ssl else _ReportingSMTP

    def close(self) -> None:
        """What was taken is taken, however the server says goodbye."""
        with suppress(smtplib.SMTPException, OSError):
            super().close()
