"""Secrets in addresses: drawn from the system, kept only as hashes."""

import hashlib
import secrets


def new() -> tuple[str, str]:
    """(secret for the address, what to store): 32 random bytes in URL-safe Base64, and their SHA-256."""
    secret = secrets.token_urlsafe(32)
    return secret, hashed(secret)


def hashed(secret: str) -> str:
    """SHA-256, hexadecimal. A random secret of 256 bits needs no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
