"""The writing coach: how hard each part of a page is to read, and notes on what families may stumble over.

It warns and never blocks. It knows nothing of the database: it is given what was written and the words that are known.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.contrib.admin.utils import label_for_field
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from conditions import read_back
from conditions.models import Edition, MedicineWarning, Section, Source
from foundation.prose.personal_details import details
from foundation.prose.readability import LONG_PARAGRAPH, LONG_SENTENCE, WORD, Block, Counts, Phrases, blocks, count, sentences
from foundation.prose.text import read

WORDS_PER_HEADING = 300
GOOD_POINTS, GOOD_SIGNS = 5, 8  # key points, and signs in all three levels together: more is beyond two phone screens
_EMPTY_LINK = re.compile(
    r"(?:click |tap |see )?(?:here|this|this (?:page|link|site)|link|more|read more|learn more|more information|details|website)"
    r"|(?:haga clic |pulse )?aquí|esta página|este enlace|enlace|(?:leer |ver )?más|más información|https?://.*|www\..*",
    re.IGNORECASE,
)
_ACTION = re.compile(
    r"\b(?:call|ask|tell|bring|request|write|llame|llámenos|pregunte|pida|diga|traiga|escriba|consulte)\b", re.IGNORECASE
)
_ABBREVIATION = re.compile(r"\b(?=[A-Z\d]*[A-Z][A-Z\d]*[A-Z])([A-Z][A-Z\d]{1,5})s?\b")
_POISON_CONTROL = re.compile(r"\D*1?\D*800\D*222\D*1222")  # the same number in the whole country, day and night
_KNOWN_TO_ALL = {"OK", "US", "TV", "AM", "PM", "ID"}
_MEDICAL = {
    "en": re.compile(
        r"\w*(?:itis|osis|oses|a?emia|uria|omas?|path(?:y|ies|ic)|[eos]ctomy|plasty|scopy|gram|graphy|algia|penia|plasia|cytes?"
        r"|megaly|lysis|olog(?:y|ists?)|mab|nib|rcept|tacept|cillin|azole|statin|genic|edema|stenosis|sclerosis|rrh(?:ea|age))"
        r"|(?:osteo|arthr|cardio|neuro|hepat|nephr|dermat|gastro|hemat|hemo|immuno|cyto|thromb|lymph|broncho|encephal|vascul"
        r"|cortico|bisphos|metaphys|epiphys|perioste|autoinfl|autoimm|intraven|subcut|antibod|inflamm)\w+",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\w*(?:itis|osis|emia|uria|omas?|pat[ií]as?|ectom[ií]a|scopia|algia|penia|plasia|megalia|ólog[oa]s?|mab|cilina|azol)",
        re.IGNORECASE,
    ),
}
_EVERYDAY = re.compile(
    r"(?:pro|dia|kilo|milli|tele|para)gram\w*|photography|geography|biology|technology|apology|psychology|sympathy|empathy"
    r"|diploma|aroma|analysis|diagnos[ie]s|chooses|closes|purposes|intercept\w*|idiomas?|síntomas?|diplomas?|problemas?|sistemas?|empatía|simpatía"
    r"|psicólog[oa]s?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Note:
    """One thing to look at: its kind, the id of its box in the edit page, the words in question, and what to do."""

    kind: str
    box: str
    words: str
    advice: str | Promise


@dataclass
class Draft:
    """A text as it is written: stored, or only typed so far. Each part comes with the id of its box in the edit page."""

    edition: Edition
    sections: list[tuple[str, Section]]
    sources: list[tuple[str, Source]]


@dataclass(frozen=True)
class Vocabulary:
    """What needs no explaining: `names` of conditions, `glossary` forms; `plain` words by the long one they replace; `warnings`."""

    names: tuple[str, ...] = ()
    glossary: tuple[str, ...] = ()
    plain: dict[str, str] = field(default_factory=dict)
    warnings: tuple[MedicineWarning, ...] = ()


@dataclass
class Passage:
    """One box or section of the page with its figures and notes; `marked` is its text, cut where something stands out."""

    box: str
    title: str | Promise
    blocks: list[Block]
    figures: tuple[Counts, Counts] = (Counts(), Counts())
    notes: list[Note] = field(default_factory=list)

    @property
    def marked(self) -> list[tuple[Block, int, list[tuple[str, int]]]]:
        """Of each block: itself, its sentences if they are too many, and its sentences with their words if too many. Else 0."""
        return [(block, *_marks(block)) for block in self.blocks]


@dataclass
class Advice:
    """What the coach says of a page. All figures are in pairs: as the text stands, and without medical names."""

    language: str
    passages: list[Passage]
    notes: list[Note]

    @property
    def figures(self) -> tuple[Counts, Counts]:
        whole, unnamed = zip(*(passage.figures for passage in self.passages), strict=True) if self.passages else ((), ())
        return sum(whole, Counts()), sum(unnamed, Counts())

    @property
    def total(self) -> int:
        return len(self.notes) + sum(len(passage.notes) for passage in self.passages)


def advise(draft: Draft, vocabulary: Vocabulary) -> Advice:
    passages, language = _passages(draft), draft.edition.language
    page = WordNotes(draft, vocabulary, " ".join(block.text for passage in passages for block in passage.blocks))
    names = Phrases(vocabulary.names)
    for passage in passages:
        box, prose = passage.box, passage.blocks
        passage.figures = count(prose, names, language)
        passage.notes = [note for block in prose for note in _block_notes(box, block)]
        passage.notes += [*_heading_notes(box, prose), *_phone_notes(box, prose), *page.word_notes(box, prose)]
        passage.notes += read_back_notes(box, prose, language)
    for passage, note in _missing_warnings(passages, vocabulary.warnings, page.text):
        passage.notes.append(note)
    by_box = {passage.box: passage for passage in passages}
    for box, section in draft.sections:
        by_box[box].notes += _table_notes(box, section.body)
        if section.picture and not section.picture_alt.strip():
            note = Note("no-alt", box, section.picture_caption, _("Say what the picture tells someone who cannot see it."))
            by_box[box].notes.append(note)
    return Advice(language, passages, list(page.page_notes()))


def _passages(draft: Draft) -> list[Passage]:
    edition = draft.edition
    tops = {
        "summary": [Block("p", line) for line in edition.summary.splitlines() if line.strip()],
        "key_points": [Block("li", line) for line in edition.points],
    } | {level: [Block("li", line) for line in lines] for level, lines in edition.urgent.items()}
    top = [Passage(f"id_{name}", str(label_for_field(name, Edition)), found) for name, found in tops.items()]
    sections = [Passage(box, section.title, blocks(section.body)) for box, section in draft.sections]
    return [*(passage for passage in top if passage.blocks), *sections]


def _phone_notes(box: str, prose: list[Block]) -> Iterator[Note]:
    """On numbers: the page has one, from the department, and what is typed here has no hours and is forgotten when it changes."""
    advice = _(
        "Leave out the number. The urgent advice shows the one to call, with its hours and what to do when it is closed."
    )
    for block in prose:
        for kind, words in details(block.text, ""):
            if kind == "phone" and not _POISON_CONTROL.fullmatch(words):
                yield Note("phone", box, words, advice)


def read_back_notes(box: str, prose: list[Block], language: str) -> Iterator[Note]:
    """Figures as somebody might take them, and what a paste may have left."""
    text = "\n".join(block.text for block in prose)
    if left := list(dict.fromkeys(read_back.leftovers(text))):
        advice = _("This looks like a leftover of Word or of a paste. Write what is meant, or take it out.")
        yield Note("leftover", box, ", ".join(left), advice)
    if found := list(dict.fromkeys(read_back.doses(text))):
        yield Note("dose", box, " … ".join(found), read_back.dose_advice(found))
    if found := list(dict.fromkeys(read_back.dates(text, language))):
        yield Note(
            "date", box, ", ".join(found), _("Is each right? Write the month as a word, and say what holds after that day.")
        )


def _table_notes(box: str, html: str) -> Iterator[Note]:
    for table in (block for block in read(html) if block.tag == "table"):
        if all(cell.tag != "th" for row in table.children for cell in row.children):
            advice = _("This table has no headers. Mark the first row or column as headers, so that it can be read aloud.")
            yield Note("table-headers", box, _opening(table.words()), advice)


def _missing_warnings(
    passages: list[Passage], warnings: Iterable[MedicineWarning], text: str
) -> Iterator[tuple[Passage, Note]]:
    """Each warning that belongs to a medicine of this page and stands nowhere on it, where the medicine is named first."""
    words = [(passage, WORD.findall(block.text)) for passage in passages for block in passage.blocks]
    for warning in warnings:
        names = Phrases(warning.names)
        named = ((passage, " ".join(said[at:end])) for passage, said in words for at, end, _name in names.find(said))
        passage, name = next(named, (None, ""))
        if passage and not warning.is_said(text):
            advice = _("Its warning is missing here (%(kind)s): “%(warning)s”")
            facts = {"kind": warning.get_kind_display(), "warning": warning.warning}
            yield passage, Note("medicine", passage.box, name, advice % facts)


def _marks(block: Block) -> tuple[int, list[tuple[str, int]]]:
    """(number of sentences if too many, [(sentence, number of words if too many)]); 0 where it is well."""
    if block.tag in {"h3", "h4"}:
        return 0, [(block.text, 0)]
    lengths = [(sentence, len(WORD.findall(sentence))) for sentence in sentences(block.text)]
    many = len(lengths) if len(lengths) > LONG_PARAGRAPH else 0
    return many, [(sentence, words if words > LONG_SENTENCE else 0) for sentence, words in lengths]


def _block_notes(box: str, block: Block) -> Iterator[Note]:
    many, cut = _marks(block)
    for sentence, words in cut:
        if words:
            advice = _("This sentence has %(count)s words. Make two of it, each with one thought.") % {"count": words}
            yield Note("long-sentence", box, _opening(sentence), advice)
    if many:
        advice = _("This paragraph has %(count)s sentences. Begin a new one after two or three, or make a list of it.")
        yield Note("long-paragraph", box, _opening(block.text), advice % {"count": many})
    for link in block.links:
        if _EMPTY_LINK.fullmatch(link.strip(" .")):
            yield Note("link-text", box, link, _("Let the link say where it leads, so that it makes sense on its own."))


def _opening(text: str) -> str:
    words = text.split()
    return " ".join(words[:7]) + (" …" if len(words) > 7 else "")


def _heading_notes(box: str, prose: list[Block]) -> Iterator[Note]:
    level, run, is_noted = 2, 0, False
    for block in prose:
        if block.tag not in {"h3", "h4"}:
            run += len(WORD.findall(block.text))
            if run > WORDS_PER_HEADING and not is_noted:
                is_noted = True
                advice = _("More than %(count)s words stand here without a heading. Give this part one.")
                yield Note("few-headings", box, _opening(block.text), advice % {"count": WORDS_PER_HEADING})
            continue
        if int(block.tag[1]) > level + 1:
            advice = _("This small heading has no larger one above it. Make it the larger kind.")
            yield Note("heading-order", box, block.text, advice)
        level, run, is_noted = int(block.tag[1]), 0, False


class WordNotes:
    """One pass over a page, which remembers which words it has pointed out already."""

    def __init__(self, draft: Draft, vocabulary: Vocabulary, text: str) -> None:
        self.draft, self.vocabulary, self.text = draft, vocabulary, text
        self.plain = Phrases(vocabulary.plain)
        explained = re.findall(r"\(([A-Z][A-Z\d]+)s?\)|\b([A-Z][A-Z\d]+)s? \(", text)
        forms = [word for form in (*vocabulary.names, *vocabulary.glossary, *vocabulary.plain) for word in WORD.findall(form)]
        self.noted = {word.casefold() for word in (*forms, *_KNOWN_TO_ALL, *(word for pair in explained for word in pair))}

    def word_notes(self, box: str, prose: Iterable[Block]) -> Iterator[Note]:
        for block in prose:
            words = WORD.findall(block.text)
            for start, end, long in self.plain.find(words):
                if self._is_new(f"={long}"):  # apart from the words themselves, which the table makes known
                    advice = _("Say “%(plain)s” if that is what you mean.") % {"plain": self.vocabulary.plain[long]}
                    yield Note("plain-word", box, " ".join(words[start:end]), advice)
            for short in _ABBREVIATION.findall(block.text):
                if self._is_new(short):
                    advice = _("Write it out where it comes first, with the short form after it.")
                    yield Note("abbreviation", box, short, advice)
            for word in words:
                if self._looks_medical(word) and self._is_new(word, word.removesuffix("s")):
                    advice = _("This word is not in the glossary. Explain it, use an everyday word, or add it there.")
                    yield Note("not-explained", box, word, advice)

    def _is_new(self, *forms: str) -> bool:
        """Whether none of them is known or was noted before; from now on all are."""
        folded = {form.casefold() for form in forms}
        new = self.noted.isdisjoint(folded)
        self.noted |= folded
        return new

    def _looks_medical(self, word: str) -> bool:
        pattern = _MEDICAL.get(self.draft.edition.language)
        return bool(pattern and len(word) > 5 and pattern.fullmatch(word) and not _EVERYDAY.fullmatch(word))

    def page_notes(self) -> Iterator[Note]:
        yield from _too_many(self.draft.edition)
        if not (is_urgent := any(self.draft.edition.urgent.values())):
            advice = _("Say which signs mean that a family must ask, call or go at once.")
            yield Note("no-urgent-advice", "id_ask_us", "", advice)
        if not _ACTION.search(self.text) and (self.draft.sections or not is_urgent):  # urgent advice alone says it itself
            yield Note("no-action", "id_summary", "", _("Say what a family can do: whom to call, what to ask, what to bring."))
        if not self.draft.sources:
            yield Note("no-source", "sources-group", "", _("Name at least one source for what the page says."))
        for box, source in self.draft.sources:
            if not source.date:
                yield Note("undated-source", box, source.title, _("Say from when this source is."))


def _too_many(edition: Edition) -> Iterator[Note]:
    """On lists that no worried parent reads to their end."""
    signs = sum(len(lines) for lines in edition.urgent.values())
    points = len(edition.points)
    if points > GOOD_POINTS:
        advice = _("There are %(count)s key points; %(most)s are enough. Keep those that a worried parent needs first.")
        yield Note("many-points", "id_key_points", "", advice % {"count": points, "most": GOOD_POINTS})
    if signs > GOOD_SIGNS:
        advice = _("The urgent advice has %(count)s signs; %(most)s are enough. Join those that lead to the same step.")
        yield Note("many-signs", "id_emergency", "", advice % {"count": signs, "most": GOOD_SIGNS})


def notes_on_story(title: str, summary: str, html: str, name_shown: str) -> list[Note]:
    """Details by which the child could be found, with the boxes of a story's edit page. English and Spanish."""
    advice = {
        "surname": _("This looks like a surname. Show the first name alone."),
        "date": _("An exact day can be looked up. Say “last spring” or “when she was eight”."),
        "school": _("Leave out which school it is."),
        "street": _("Leave out where the family lives."),
        "phone": _("Leave out the phone number."),
        "email": _("Leave out the e-mail address."),
    }
    texts = {"id_title": title, "id_summary": summary, "id_text": " ".join(block.text for block in blocks(html))}
    found = ((box, detail) for box, text in texts.items() for detail in dict.fromkeys(details(text, name_shown)))
    return [Note(kind, box, words, advice[kind]) for box, (kind, words) in found]
