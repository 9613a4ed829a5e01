"""Readers of everything that shows a story, while somebody revokes its consent."""

import os
import threading
import time
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from tests import factories
from tests.parallel import at_once

pytestmark = pytest.mark.databases

READERS = 8 if "FULL" in os.environ else 3
ROUNDS_AFTER = 1


def shown_story():
    condition = factories.live("crmo").condition
    row = factories.story("secret-otter", [condition], title="Secret otter", name_shown="Otterly", picture_alt="A swimmer")
    out = BytesIO()
    Image.new("RGB", (600, 400), "teal").save(out, "PNG")
    factories.put_picture(row, out.getvalue())
    row.save()
    factories.news("evening", [condition])
    return row


def shows(response, row):
    """Whether an answer tells anything of the story; “not found” says the address again that was asked for."""
    if response.headers["Content-Type"] == "image/webp":
        return True
    words = [row.title, row.name_shown, row.summary, row.picture.partition("-")[0]]
    return any(word in response.text for word in [*words, *([row.slug] if response.status_code == 200 else [])])


def test_after_the_revoking_answer_no_reader_sees_the_story(own, client):
    row = shown_story()
    client.force_login(factories.administrator())
    revoke = reverse("admin:stories_authorization_revoke", args=[row.authorizations.get().pk])
    addresses = ["/stories/secret-otter/", "/stories/", "/", "/conditions/crmo/", "/news/feed/", "/sitemap.xml"]
    addresses += ["/search/?q=in+short", f"/pictures/{row.picture}", "/es/stories/secret-otter/", "/es/conditions/crmo/"]
    answered, seen, rounds = [], [], [0] * READERS
    everybody_read = threading.Barrier(READERS + 1)

    def read(reader):
        after = 0
        while after < ROUNDS_AFTER:
            begun = bool(answered)
            for address in addresses:
                started = time.monotonic()
                response = Client().get(address)
                seen.append((started, address, response.status_code, shows(response, row)))
            rounds[reader] += 1
            if rounds[reader] == 1:
                everybody_read.wait(timeout=60)
            after += begun

    def act(person):
        if person < READERS:
            return read(person)
        everybody_read.wait(timeout=60)
        response = client.post(revoke, {"reason": ""})
        answered.append(time.monotonic())
        return response.status_code

    told = at_once(act, range(READERS + 1))

    before = {address for started, address, _status, shown in seen if shown and started < answered[0]}
    late = [found for found in seen if found[0] > answered[0]]
    assert told == [None] * READERS + [302]
    assert before == set(addresses) - {"/news/feed/"}
    assert [found for found in late if found[3]] == []
    assert {status for _started, _address, status, _shown in late} == {200, 404}
    assert len(late) >= READERS * ROUNDS_AFTER * len(addresses)
