"""What is cut off on its way is no form."""

import io

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import UnreadablePostError
from django.test import RequestFactory

from portal.server.whole_body import WholeBody, whole_bodies


def body(sent, announced):
    return WholeBody(io.BytesIO(sent), announced)


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
    application = whole_bodies(lambda environ, start: seen.append(environ) or [b"ok"])

    assert application(dict(given), None) == [b"ok"]
    assert seen == [given]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_form_that_is_cut_off_never_reaches_its_view(kind):
    sent = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1'
    environ = RequestFactory().get("/").environ | {"REQUEST_METHOD": "POST", "CONTENT_TYPE": kind, "CONTENT_LENGTH": "500"}
    posted = []
    whole_bodies(lambda environ, start: posted.append(WSGIRequest(environ)) or [])(
        environ | {"wsgi.input": io.BytesIO(sent)}, None
    )

    with pytest.raises(UnreadablePostError):
        _ = posted[0].POST
