"""Clients that stop in the middle of what they send: what is cut off is no form, and the site comes back by itself."""

import io
import os
import socket
import time
import urllib.request

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import UnreadablePostError
from django.test import RequestFactory

from portal.server.stalled import Body, StallGuard
from tests.site import Process, free_port, serve

HEAD = (
    "POST /appointments/request/you/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: csrftoken={0}\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n\r\ncsrfmiddlewaretoken={0}"
).format("a" * 32)


def body(sent, announced):
    return Body({"wsgi.input": io.BytesIO(sent), "CONTENT_LENGTH": announced, "REMOTE_ADDR": "192.0.2.1"}, {})


def test_body_that_is_whole_reads_as_ever():
    assert body(b"a=1&b=2", "7").read(7) == b"a=1&b=2"
    assert body(b"a=1&b=2", "7").read() == b"a=1&b=2"
    assert body(b"one\ntwo", "7").readline() == b"one\n"


def test_body_that_is_cut_off_is_no_shorter_form():
    with pytest.raises(ConnectionError):
        body(b"a=1&b=2", "9").read(9)


def test_body_reads_no_further_than_announced():
    whole = body(b"a=1GET /", "3")

    assert (whole.read(64), whole.read(64)) == (b"a=1", b"")


def test_request_without_a_body_is_passed_on_untouched():
    seen = []
    given = {"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO()}
    patience = StallGuard(lambda environ, start: seen.append(environ) or [b"ok"])

    assert patience(dict(given), None) == [b"ok"]
    assert seen == [given]
    assert patience._watch is None


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_form_that_is_cut_off_never_reaches_its_view(kind):
    sent = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1'
    environ = RequestFactory().get("/").environ | {"REQUEST_METHOD": "POST", "CONTENT_TYPE": kind, "CONTENT_LENGTH": "500"}
    environ["wsgi.input"] = Body(environ | {"wsgi.input": io.BytesIO(sent)}, {})

    with pytest.raises(UnreadablePostError):
        _ = WSGIRequest(environ).POST


def test_site_comes_back_from_forty_clients_stalled_in_their_bodies(tmp_path):
    address = f"http://127.0.0.1:{free_port()}"
    web = Process(*serve(address), environment=environment(tmp_path), log=tmp_path / "log", ready=lambda: alive(address))
    web.start()
    stalled = [socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) for _client in range(40)]
    try:
        for connection in stalled:
            connection.sendall(HEAD.encode())
        time.sleep(1)
        with pytest.raises(OSError, match="timed out"):
            alive(address)
        until_alive(address, seconds=40)
        assert [connection.recv(1) for connection in stalled] == [b""] * 40
    finally:
        web.kill()
        for connection in stalled:
            connection.close()


def environment(folder):
    return os.environ | {"VAR_DIR": str(folder), "DATABASE_URL": "", "LOG_LEVEL": "WARNING"}


def alive(address):
    """Raises OSError while nobody answers."""
    urllib.request.urlopen(f"{address}/healthz", timeout=2).close()


def until_alive(address, seconds):
    until = time.monotonic() + seconds
    while True:
        try:
            return alive(address)
        except OSError:
            if time.monotonic() > until:
                raise
