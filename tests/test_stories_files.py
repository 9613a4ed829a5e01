"""Signed papers in content files: what a file says of them, what it leaves as it is, and what it may not change."""

from datetime import date

import pytest
from django.core.management import call_command

from stories import actions
from stories.models import Authorization, Story
from tests import factories
from tests.test_content_files import STORY, contents, load, put, refused

pytestmark = pytest.mark.django_db


def test_file_without_the_newer_keys_covers_the_whole_story(tmp_path):
    load(put(tmp_path, stories__pool=STORY))

    paper = Authorization.objects.get()
    assert (paper.covers_text, paper.covers_picture, paper.covers_name) == (True, True, True)
    assert (paper.signed_for, paper.turns_18_on, paper.assent_on, paper.revoked_reason) == ("", None, None, "")


def test_everything_known_of_a_paper_survives_the_round_trip(tmp_path):
    story = factories.story(authorized=False)
    paper = factories.authorization(
        story,
        covers_name=False,
        covers_social=True,
        signed_for="Kim: “K”",
        assent=True,
        assent_on=date(2025, 11, 1),
        turns_18_on=date(2030, 2, 3),
    )
    actions.ask_again(authorization=paper, by="test", note="yes: #1")
    actions.revoke(authorization=paper, by="test", reason="They moved.")
    call_command("export_content", tmp_path / "first", verbosity=0)
    Story.objects.update(slug="other")
    exported = contents(tmp_path / "first")["stories/pool.yaml"]

    load(tmp_path / "first" / "stories")

    same = Authorization.objects.exclude(pk=paper.pk).values(*SIGNED).get()
    assert same == Authorization.objects.filter(pk=paper.pk).values(*SIGNED).get()
    for words in (b"shows: [text, picture]", b"turns_18_on: 2030-02-03", b"revoked_reason: They moved."):
        assert words in exported


SIGNED = [field.name for field in Authorization._meta.fields if field.name not in {"id", "story"}]


def test_older_file_takes_back_no_revocation_and_empties_nothing(tmp_path):
    load(put(tmp_path, stories__pool=STORY))
    Authorization.objects.update(signed_for="Kim", turns_18_on=date(2030, 2, 3), assent=True, assent_on=date(2026, 1, 2))
    actions.revoke(authorization=Authorization.objects.get(), by="test", reason="They moved.")
    before = Authorization.objects.values().get()

    load(tmp_path)

    assert Authorization.objects.values().get() == before


@pytest.mark.parametrize(
    ("said", "instead", "begins"),
    [
        ("scope: [website]", "scope: [website, print]", "10: authorization scope: What was signed stays as it is."),
        ("    scope:", "    shows: [text]\n    scope:", "10: authorization shows: What was signed stays as it is."),
        (
            "expires_on: 2035-12-01",
            "expires_on: 2036-12-01",
            "11: authorization expires_on: A paper can end earlier, not later.",
        ),
    ],
)
def test_file_that_changes_what_was_signed_is_refused_with_its_line(tmp_path, capsys, said, instead, begins):
    load(put(tmp_path, stories__pool=STORY))
    before = Authorization.objects.values().get()

    told = refused(put(tmp_path, stories__pool=STORY.replace(said, instead)), capsys)

    assert told[0].startswith(f"stories/pool.yaml, line {begins}")
    assert Authorization.objects.values().get() == before
