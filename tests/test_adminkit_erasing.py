"""What the privacy officer erases: what history keeps of a story, the story itself, a picture."""

from io import BytesIO

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from foundation.audit.models import Record
from foundation.pages.models import OldSlug
from foundation.pictures import images, library
from foundation.pictures.models import LibraryPicture
from foundation.search.models import Entry
from foundation.workflow import Refused
from news.models import NewsItem
from stories.models import Authorization, Story
from tests import factories
from tests.admin_forms import filled
from tests.clients import Client

pytestmark = pytest.mark.django_db


def png(colour):
    out = BytesIO()
    Image.new("RGB", (700, 400), colour).save(out, "PNG")
    return out.getvalue()


def files():
    return set(default_storage.listdir("")[1])


def pictured(row, colour, alt):
    row.picture_alt = alt
    factories.put_picture(row, png(colour))
    row.save()
    images.make_avif(row.picture)
    return row.picture


@pytest.fixture
def officer(db):
    client = Client()
    user = factories.staff("olga")
    user.groups.set(Group.objects.filter(name="privacy officer"))
    client.force_login(user)
    return client


def everything():
    """All text of the database but the audit record's names of fields."""
    return str([list(model._base_manager.values_list()) for model in apps.get_models()])


@pytest.mark.parametrize(("make", "model"), [(factories.story, Story), (factories.news, NewsItem)])
def test_history_forgets_words_and_pictures_and_the_page_stays(officer, make, model, django_capture_on_commit_callbacks):
    row = make(conditions=[factories.condition()])
    old = pictured(row, "teal", "Kim in the pool")
    row.text = "<p>Kim lives at 5 Elm Street.</p>"
    row.save()
    shared = pictured(factories.news("other"), "red", "A red door")
    row.picture, row.picture_alt, row.text = shared, "A door", "<p>We swim.</p>"
    row.save()
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_erase-history", args=[row.pk])
    kept_before = "5 Elm Street" in everything()

    asked = officer.get(address)
    refused = officer.post(address, {"reason": " "})
    with django_capture_on_commit_callbacks(execute=True):
        officer.post(address, {"reason": "the family asked on 1 Dec"})

    row.refresh_from_db()
    assert (kept_before, "5 Elm Street" in everything(), "Kim in the pool" in everything()) == (True, False, False)
    assert (asked.status_code, refused.status_code, row.text, row.history.count()) == (200, 200, "<p>We swim.</p>", 0)
    assert [name for name in files() if name.startswith(old.partition("-")[0])] == []
    assert shared in files()
    done = Record.objects.filter(actor="olga").order_by("sequence").values_list("verb", "detail__reason")
    assert list(done) == [("erased the history of", "the family asked on 1 Dec"), ("erased", "the family asked on 1 Dec")]


def test_story_is_erased_with_all_that_is_kept_of_it_but_its_papers(admin_client, officer, django_capture_on_commit_callbacks):
    story = factories.story("kims-pool", title="Kim’s pool", name_shown="Kim", text="<p>Kim swims at Elm Street.</p>")
    pictured(story, "teal", "Kim")
    officer.post(reverse("admin:stories_story_erase-history", args=[story.pk]), {"reason": "asked"})
    change = reverse("admin:stories_story_change", args=[story.pk])
    admin_client.post(change, filled(admin_client.get(change), slug="kim-swims"))
    address = reverse("admin:stories_story_erase-history", args=[story.pk])

    seen = officer.post(address, {"reason": "asked", "whole": "on"})
    found = (OldSlug.objects.count(), Entry.objects.filter(title__contains="Kim").count())
    Story.objects.get().unpublish()
    with django_capture_on_commit_callbacks(execute=True):
        officer.post(address, {"reason": "asked", "whole": "on"})

    assert "Visitors see this story." in seen.text
    assert found == (1, 1)
    assert files() == set()
    story = Story.objects.get()
    assert (str(story), story.slug, story.text, story.is_published) == (
        f"Erased story {story.pk}",
        f"erased-{story.pk}",
        "",
        False,
    )
    assert (story.history.count(), OldSlug.objects.count()) == (0, 0)
    assert not Entry.objects.filter(title__contains="Kim").exists()
    assert Authorization.objects.get().story == story
    done = Record.objects.filter(verb="erased", kind="stories.story").get()
    assert done.label == f"Erased story {story.pk}"


def test_open_page_brings_back_no_words_that_were_erased(admin_client, officer):
    story = factories.story(authorized=False, text="<p>Kim swims at Elm Street.</p>")
    change, keep = (reverse(f"admin:stories_story_{name}", args=[story.pk]) for name in ("change", "working_copy"))
    typed = filled(admin_client.get(change), summary="She swims.")
    words = {"name": "openedpage", "number": 1, "seen": typed["seen"], "place": "text", "typed": typed["text"]}
    before = admin_client.post(keep, words).status_code

    officer.post(reverse("admin:stories_story_erase-history", args=[story.pk]), {"reason": "asked", "whole": "on"})
    after = [admin_client.post(keep, words | {"number": 2, "name": name}).status_code for name in ("openedpage", "otherpage1")]
    saved = admin_client.post(change, typed, follow=True)

    story.refresh_from_db()
    assert (before, after, story.text) == (200, [409, 409], "")
    assert "Words of this page were erased for good while you had it open." in saved.text
    assert "Elm Street" not in saved.text + everything()
    fresh = {"seen": filled(saved)["seen"], "number": 3, "name": "freshpage1", "place": "text", "typed": "<p>New.</p>"}
    assert admin_client.post(keep, fresh).status_code == 200


def test_history_goes_with_a_story_that_is_deleted():
    story = factories.story(authorized=False, text="<p>Elm Street.</p>")

    story.delete()

    assert Story.history.count() == 0


def test_erased_picture_is_gone_from_the_disk_and_cannot_come_back(admin_client, officer, django_capture_on_commit_callbacks):
    item = factories.news()
    picture = LibraryPicture.objects.get(name=pictured(item, "teal", "Kim"))
    with pytest.raises(Refused):
        library.erase(picture=picture, reason="asked", by="test")

    library.take_back(picture=picture, reason="asked", by="test")
    with django_capture_on_commit_callbacks(execute=True):
        officer.post(reverse("admin:pictures_librarypicture_erase", args=[picture.pk]), {"reason": "asked"})
    upload = SimpleUploadedFile("kim.png", png("teal"))
    again = admin_client.post(
        reverse("admin:pictures_librarypicture_add"), {"upload": upload, "alt": "Kim", "focus_x": 50, "focus_y": 50}
    )

    picture.refresh_from_db()
    assert "may not be shown any more: erased" in again.text
    assert files() == set()
    assert (picture.alt, picture.card, picture.width, picture.withdrawn_reason) == ("", "", 0, "erased")
    for name in ("changelist", "change"):
        args = [picture.pk] if name == "change" else []
        assert officer.get(reverse(f"admin:pictures_librarypicture_{name}", args=args)).status_code == 200


def test_editors_erase_nothing(client):
    story = factories.story()
    user = factories.staff("edith")
    user.groups.set(Group.objects.filter(name="editor"))
    client.force_login(user)

    assert client.post(reverse("admin:stories_story_erase-history", args=[story.pk]), {"reason": "x"}).status_code == 403
    assert story.history.exists()
