"""What is done with a signed paper, and with a story that a family wants erased."""

from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, override

from conditions.models import Condition
from foundation.adminkit.erasing import erase_history
from foundation.audit.actions import record
from foundation.pages.models import OldSlug
from foundation.pictures import images
from foundation.workflow import Refused, Who
from stories.models import Authorization, Story

EMPTIED = ("text", "age_band", "picture", "picture_alt", "picture_caption")


@transaction.atomic
def revoke(*, authorization: Authorization, by: Any, reason: str = "") -> list[str]:
    """Ends a paper today (the site's calendar), or on the day it was signed if that is to come.

    Returns the addresses from which its story vanished with it: none while another paper still lets it be shown, or if
    it was not shown before. Raises Refused if it was revoked before.
    """
    shown = Story.objects.published().filter(pk=authorization.story_id)
    before = shown.first()
    day = max(timezone.localdate(), authorization.signed_on)
    waiting = Authorization.objects.filter(Q(revoked_on=None) | Q(revoked_on__gt=day), pk=authorization.pk)
    if not waiting.update(revoked_on=day, revoked_reason=reason):
        raise Refused(_("This authorization was revoked already."))
    authorization.refresh_from_db()
    record(by=by, verb="revoked", obj=authorization, fields=["revoked_on"])
    record(by=by, verb="authorization revoked", obj=authorization.story)
    return _addresses(before) if before and not shown.exists() else []


@transaction.atomic
def ask_again(*, authorization: Authorization, by: Any, note: str = "") -> None:
    """Notes that the patient, soon 18 or more, was asked today whether the story may stay. Asking once more renews it."""
    authorization.asked_again_on = timezone.localdate()
    authorization.asked_again_note = note
    authorization.save(update_fields=["asked_again_on", "asked_again_note"])
    record(by=by, verb="asked again", obj=authorization, fields=["asked_again_on"])


@transaction.atomic
def erase(*, story: Story, reason: str, by: Who) -> None:
    """Words, name, address and picture go for good, with what history and search keep of them. The papers stay.

    Raises Refused while visitors see it.
    """
    if Story.objects.published().filter(pk=story.pk).exists():
        raise Refused(_("Visitors see this story. Take it back, or revoke its authorization, then erase it."))
    picture, erased = story.picture, _("Erased story %(number)d") % {"number": story.pk}
    gone = {"name_shown": "–", "summary": "–", "slug": f"erased-{story.pk}", "status": Story.Status.DRAFT}
    for name, value in {**dict.fromkeys(EMPTIED, ""), **gone, "title": erased}.items():
        setattr(story, name, value)
    story.picture_width = story.picture_height = 0
    story.conditions.clear()
    story.save()
    OldSlug.objects.filter(kind=story._meta.label_lower, object_id=story.pk).delete()
    erase_history(obj=story, reason=reason, by=by, verb="erased", picture=picture)


def _addresses(story: Story) -> list[str]:
    """Where visitors could find `story`: its page, its picture, the lists and pages that named it."""
    found = []
    for language, _name in settings.LANGUAGES:
        conditions = Condition.objects.readable(language).filter(stories=story)
        with override(language):
            found += [story.get_absolute_url(), reverse("stories:index"), *(row.get_absolute_url() for row in conditions)]
            found += [reverse("home"), reverse("search")]
    sizes = [name for name, _width in story.picture_srcset()] if story.shows_picture else []
    files = [default_storage.url(file) for name in sizes for file in (name, images.avif(name))]
    return [*found, reverse("sitemap"), *files]
