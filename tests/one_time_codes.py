"""What an authenticator app shows."""

import base64
import hmac
import struct
import time


def code(secret, at=None):
    """Of a secret, now or `at` (seconds since 1970); RFC 6238."""
    step = struct.pack(">Q", int(at or time.time()) // 30)
    digest = hmac.digest(base64.b32decode(secret), step, "sha1")
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 10**6:06}"
