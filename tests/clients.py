"""A browser of staff, for tests."""

from contextlib import contextmanager
from time import time
from unittest import mock

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django import test
from django.conf import settings
from django.template.response import SimpleTemplateResponse

from portal.staff.session_gate import BEGUN, SEEN


@contextmanager
def undrawn():
    """Pages of the admin stay empty: who may is decided before Django draws them, which is a third of the work."""

    def leave_empty(response):
        response.content = b""
        return response

    with mock.patch.object(SimpleTemplateResponse, "render", leave_empty):
        yield


class Client(test.Client):
    """Whoever is signed in by `force_login` has an authenticator app and has just signed in with it, as the admin asks."""

    def again(self):
        """Another browser with the same cookies, whose sign-in is as fresh as it was at first, however long ago that is."""
        other = type(self)()
        other.cookies.load({name: each.value for name, each in self.cookies.items()})
        if settings.SESSION_COOKIE_NAME in other.cookies:
            session, now = other.session, time()
            session.update(self.signed_in)
            for proof in session[AUTHENTICATION_METHODS_SESSION_KEY]:
                proof["at"] = now
            session[BEGUN] = session[SEEN] = now
            session.save()
            other.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        return other

    def force_login(self, user, backend=None):
        """Leaves what allauth's own sign-in leaves: the factor, and in the session how it was opened."""
        super().force_login(user, backend)
        factor = Authenticator.objects.get_or_create(user=user, type="totp", defaults={"data": {"secret": "unused"}})[0]
        session, now = self.session, time()
        proof = {"method": "mfa", "at": now, "id": factor.pk, "type": "totp", "reauthenticated": True}
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [proof]
        session["account_authentication_methods_user"] = str(user.pk)
        session[BEGUN] = session[SEEN] = now
        session.save()
        self.signed_in = dict(session.items())
