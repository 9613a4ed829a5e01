"""A browser of staff, for tests, and what tables of who may do what ask instead."""

from copy import copy
from time import time
from types import SimpleNamespace

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from django import test
from django.conf import settings
from django.contrib.messages.storage import default_storage
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseForbidden, HttpResponseNotFound
from django.urls import resolve

from portal.staff.session_gate import BEGUN, SEEN


class Client(test.Client):
    """Whoever is signed in by `force_login` has an authenticator app and has just signed in with it, as the admin asks."""

    user, signed_in = None, {}

    def again(self):
        """Another browser with the same cookies, whose sign-in is as fresh as it was at first, however long ago that is."""
        other = type(self)()
        other.user, other.signed_in = self.user, self.signed_in
        other.cookies.load({name: each.value for name, each in self.cookies.items()})
        if settings.SESSION_COOKIE_NAME in other.cookies:
            session = other.session
            session.update(self.just_signed_in())
            session.save()
            other.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        return other

    def just_signed_in(self):
        """What stands in the session, as if it was opened now."""
        now, key = time(), AUTHENTICATION_METHODS_SESSION_KEY
        proofs = [proof | {"at": now} for proof in self.signed_in[key]]
        return self.signed_in | {key: proofs, BEGUN: now, SEEN: now}

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
        self.user, self.signed_in = user, dict(session.items())


class AtTheView(test.RequestFactory):
    """The person of a client, who asks the view itself: it alone decides who may.

    What stands before it is the same for everybody, and half of the work with the pages, which are not drawn here.
    """

    def __init__(self, client):
        super().__init__()
        self.client = client
        client.user.has_perm("")  # all rights are read once, and go with the copies

    def request(self, **environ):
        asked = super().request(**environ)
        asked.user, asked.session, asked.allauth = copy(self.client.user), SessionStore(), SimpleNamespace()
        asked.session.update(self.client.just_signed_in())
        asked._messages, asked.csp_nonce, asked._dont_enforce_csrf_checks = default_storage(asked), "", True
        view, words, named = asked.resolver_match = resolve(asked.path_info)
        try:
            with request_context(asked):
                return view(asked, *words, **named)
        except PermissionDenied:
            return HttpResponseForbidden()
        except Http404:
            return HttpResponseNotFound()
