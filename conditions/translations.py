"""Translations: which English version each follows, and what changed in the English since the one before was signed."""

from collections import defaultdict
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery

from conditions.comparison import REMOVED, Place, changed, compare
from conditions.models import FALLBACK, TEXT_FIELDS, Condition, Edition, Section, Translation


def live_english(condition: Condition) -> Edition | None:
    return Edition.objects.live().filter(condition=condition, language=FALLBACK).first()


def behind() -> QuerySet[Edition]:
    """Live translations of an English text that is not the live one any more, each with the number of that (`english_number`)."""
    english = Edition.objects.live().filter(condition=OuterRef("condition"), language=FALLBACK)
    found = Edition.objects.live().exclude(language=FALLBACK).filter(translation__of__isnull=False)
    digest, number = (Subquery(english.values(name)[:1]) for name in ("signed_digest", "number"))
    found = found.annotate(english=digest, english_number=number).filter(english__isnull=False)
    return found.exclude(translation__of__signed_digest=F("english")).select_related("translation__of")


def begin(draft: Edition, before: Edition | None) -> None:
    """Ties a new draft to the live English. Where it has no sections or sources yet, it gets those of the English, without words."""
    english = live_english(draft.condition)
    last = Translation.objects.filter(edition=before).first()
    Translation.objects.create(edition=draft, of=english, translated_by=last.translated_by if last else "")
    for name in ("sections", "sources"):
        missing = english is not None and not getattr(draft, name).exists()
        for part in getattr(english, name).all() if missing else []:
            part.pk, part._state.adding, part.edition = None, True, draft
            if isinstance(part, Section):
                part.heading, part.body = "", ""  # type: ignore[assignment]
            part.save()


class EnglishBeside:
    """The English of each field and section of a draft. What it says otherwise than the English before is marked.

    Before: the text that the last published translation followed.
    """

    def __init__(self, draft: Edition) -> None:
        followed: Any = draft.translation.of
        earlier = (
            Edition.objects.of_page(draft)
            .exclude(pk=draft.pk)
            .filter(status=Edition.Status.APPROVED, translation__of__isnull=False)
        )
        last = earlier.order_by("-number").select_related("translation__of").first()
        self.version = followed.number
        before: Any = last.translation.of if last else followed
        places = compare(before.clinical_text(), followed.clinical_text())
        self.changed = changed(places)
        self.fields = dict(zip(TEXT_FIELDS, places, strict=False))
        kinds = followed.sections.order_by("order", "pk").values_list("kind", flat=True)
        stayed = [place for place in places[len(TEXT_FIELDS) :] if REMOVED not in place.states]
        self._sections: dict[str, list[Place]] = defaultdict(list)
        for kind, place in zip(kinds, stayed, strict=False):
            self._sections[kind].append(place)

    def take_section(self, kind: str) -> Place | None:
        """The next English section of this kind."""
        return self._sections[kind].pop(0) if self._sections[kind] else None
