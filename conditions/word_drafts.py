"""A Word file becomes a draft: its headings sections, its comments comments, its pictures pictures of the library.

What the file held and the draft does not, or not so, stands as comments on the draft, so that it is looked at before anybody signs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _, override

from conditions.actions import log_event, start_draft
from conditions.models import Comment, Condition, Edition, Section
from foundation.pictures import images
from foundation.pictures.models import LibraryPicture
from foundation.prose.foreign import Conversion, Loss, Lost, convert, sentences
from foundation.prose.word.document import Picture, Piece, WordText

MOST_SECTIONS, MOST_PICTURES, LONGEST_HEADING = 60, 30, 120
Kind = Section.Kind
_HEADINGS = {  # what other people call our kinds of sections, the first that fits
    Kind.QUESTIONS: "question|pregunta",
    Kind.WHEN_TO_GET_HELP: "get help|when to call|seek|emergenc|urgen|ayuda|cuándo llamar",
    Kind.SYMPTOMS: r"symptom|\bsigns?\b|síntoma|señal",
    Kind.DIAGNOSIS: r"diagnos|how we find|\btests?\b|diagnós|prueba",
    Kind.TREATMENT: "treat|medicine|therap|tratamiento|medicina|terapia",
    Kind.CAUSES: "cause|why|causa|por qué",
    Kind.LIVING_WITH: "living|daily|every ?day|school|vivir|vida|escuela",
    Kind.OUTLOOK: "outlook|prognos|expect|future|pronóstico|esperar|futuro",
    Kind.OVERVIEW: r"overview|what (?:it )?is|what are|\babout\b|introduc|qué es|qué son",
}


@dataclass
class _Part:
    heading: Piece | None
    pieces: list[Piece]


@transaction.atomic
def start_draft_from_word(*, condition: Condition, language: str, text: WordText, by: User) -> Edition:
    """Short answer, urgent advice and sources are those of the newest published text, as are the pictures of its sections."""
    draft = start_draft(condition=condition, language=language, by=by)
    pictured = {section.kind: section for section in draft.sections.all() if section.picture}
    draft.sections.all().delete()
    lost = [*text.lost]
    for order, section in enumerate(_sections(text, language, lost)):
        section.edition, section.order = draft, order
        old = pictured.pop(section.kind, None)
        for name in ("picture", "picture_width", "picture_height", "picture_alt", "picture_caption") if old else ():
            setattr(section, name, getattr(old, name))
        section.save()
    words = [*_pictures(text.pictures, lost), *sentences(Conversion(lost=lost))]
    remarks = [(each.who, f"{each.words} ({_at(each.near)})") for each in text.remarks]
    for who, comment in [*remarks, *((_("From the Word file"), sentence) for sentence in words)]:
        Comment.objects.create(edition=draft, words=Truncator(comment).chars(2000), by=by, who=who[:150])
    log_event(edition=draft, by=by, verb="imported")
    return draft


def _at(near: str) -> str:
    return _("at “%(near)s”") % {"near": near}


def check_length(text: WordText) -> None:
    if len(_parts(text)) > MOST_SECTIONS:
        raise ValidationError(
            _("This file has more than %(count)d headings. Split it.") % {"count": MOST_SECTIONS}, code="too_long"
        )
    if not text.pieces:
        raise ValidationError(_("There is no text in this file."), code="empty")


def _parts(text: WordText) -> list[_Part]:
    """Cut at the uppermost headings; a first one that is alone above others is the title."""
    levels = sorted(piece.level for piece in text.pieces if piece.level)
    top = levels[0] if levels else 0
    is_title = len(set(levels)) > 1 and levels.count(top) == 1 and text.pieces[0].level == top
    parts = [_Part(None, [])]
    cut = levels[1] if is_title else top
    for piece in text.pieces[int(is_title) :]:
        if piece.level == cut and cut:
            parts.append(_Part(piece, []))
        else:
            parts[-1].pieces.append(piece)
    if is_title:
        text.title = text.pieces[0].text
    return [part for part in parts if part.heading or part.pieces]


def _sections(text: WordText, language: str, lost: list[Loss]) -> Iterator[Section]:
    had, kind = text.title, Kind.OVERVIEW
    for part in _parts(text):
        title = convert(part.heading.html) if part.heading else Conversion()
        heading = part.heading.text if part.heading else ""
        kind = _kind(heading, language) or kind
        body = convert(_html(part, heading if len(heading) > LONGEST_HEADING else ""))
        lost += [*title.lost, *body.lost]
        with override(language):
            own = "" if heading == str(kind.label) or len(heading) > LONGEST_HEADING else heading
        yield Section(kind=kind, heading=own, body=body.html or f"<p>{escape(heading)}</p>")
    if text.title != had:
        lost.append(Loss(Lost.TITLE, text.title))


def _kind(heading: str, language: str) -> Section.Kind | None:
    said = " ".join(re.sub(r"^[\d.\s]+|[?:.]+$", "", heading).casefold().split())
    with override(language):
        same = next((kind for kind in Kind if str(kind.label).casefold() == said), None)
    return same or next((kind for kind, words in _HEADINGS.items() if said and re.search(words, said)), None)


def _html(part: _Part, first: str) -> str:
    """Headings below that of the section keep their order: one below it, and all others."""
    above = part.heading.level if part.heading else 0
    found = [f"<h3>{escape(first)}</h3>"] if first else []
    for piece in part.pieces:
        tag = "h3" if piece.level <= above + 1 else "h4"
        found.append(f"<{tag}>{piece.html}</{tag}>" if piece.level else piece.html)
    return "".join(found)


def _pictures(pictures: list[Picture], lost: list[Loss]) -> Iterator[str]:
    """Puts them into the library; sentences that ask what they tell."""
    lost += [Loss(Lost.PICTURE, picture.alt, picture.near) for picture in pictures[MOST_PICTURES:]]
    for picture in pictures[:MOST_PICTURES]:
        try:
            name, width, height = images.store(picture.content)
        except ValidationError:
            lost.append(Loss(Lost.PICTURE, picture.alt, picture.near))
            continue
        words = {"width": width, "height": height, "alt": picture.alt[:300]}
        kept, _made = LibraryPicture.objects.get_or_create(name=name, defaults=words)
        sentence = _(
            "Picture %(number)s of the library came with the file (%(place)s). Choose it in its section, and say what it tells somebody who cannot see it."
        )
        yield sentence % {"number": kept.pk, "place": _at(picture.near)}
