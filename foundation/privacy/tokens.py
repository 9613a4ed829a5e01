"""Secrets in addresses: drawn from the system, kept only as hashes."""

import base64
import hashlib
import secrets

from django.utils.crypto import salted_hmac


def new() -> tuple[str, str]:
    """(secret for the address, what to store): 32 random bytes in URL-safe Base64, and their SHA-256."""
    secret = secrets.token_urlsafe(32)
    return secret, hashed(secret)


def made_from(sent: str) -> tuple[str, str]:
    """The same for the same `sent`, which holds a random number; nobody makes it who has not this site's secret key."""
    digest = salted_hmac("foundation.privacy.tokens", sent, algorithm="sha256").digest()
    secret = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return secret, hashed(secret)


def hashed(secret: str) -> str:
    """SHA-256, hexadecimal. A random secret of 256 bits needs no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
