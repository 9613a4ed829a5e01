"""How hard a text is to read: its sentences, words and syllables counted, and the usual formulas over them.

Everything here is an estimate about the words alone; whether a text is clear, only a reader can say. Syllables are counted
for English and Spanish, each with formulas of its own. For other languages the lengths are what remains.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, field
from functools import lru_cache
from itertools import groupby
from math import sqrt
from operator import add, sub

from foundation.prose import blocks as blocks_of_text
from foundation.prose.text import read

LONG_SENTENCE = 20  # words; from the next one on it is pointed out
LONG_PARAGRAPH = 3  # sentences
SMOG_FROM = 30  # sentences: below, the formula was never tested (McLaughlin 1969)

WORD = re.compile(r"[^\W_]+(?:[.,:'’\-\u2011][^\W_]+)*")
_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s+[\"'“‘(\[¿¡]*[^\s])")
_NEVER_ENDS = {"dr", "mr", "mrs", "ms", "prof", "st", "vs", "fig", "approx", "e.g", "i.e", "dra", "sr", "sra"}
_LETTER_THAT_ENDS = {"vitamin", "hepatitis", "type", "group", "plan", "vitamina", "tipo", "grupo"}  # “vitamin D. Ask …”
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|has|have|had|do|does|did|can|cannot|could|will|would|may|might|must|should|need|needs|call"
    r"|ask|tell|take|takes|get|gets|give|gives|make|makes|go|goes|come|comes|keep|keeps|feel|feels|hurt|hurts|help"
    r"|helps|es|son|está|están|tiene|tienen|puede|pueden|debe|deben|hay|llame|pregunte|pida|duele)\b",
    re.IGNORECASE,
)


@dataclass
class Block:
    """A paragraph (`p`), list item (`li`) or heading (`h3`, `h4`) of long text: its words, and the texts of its links."""

    tag: str
    text: str = ""
    links: list[str] = field(default_factory=list)

    @property
    def is_prose(self) -> bool:
        """Whether it counts: headings do not, nor do list items that neither close like a sentence nor hold a known verb."""
        if self.tag != "li":
            return self.tag == "p"
        return self.text.endswith((".", "!", "?")) or bool(_VERB.search(self.text))


def blocks(html: str) -> list[Block]:
    """The blocks of long text that hold a word, in order, each with its spaces tidied."""
    return [block for each in read(html) for block in _flat(each)]


def _flat(block: blocks_of_text.Block, in_item: bool = False) -> Iterator[Block]:
    """A paragraph within a list item belongs to the item. A cell of a table counts as one does."""
    in_item = in_item or block.tag in {"li", *blocks_of_text.CELLS}
    text = " ".join("".join(words for _marks, words in block.runs).split())
    if text:
        by_link = groupby(block.runs, key=lambda run: next((mark for mark in run[0] if mark.startswith("a ")), ""))
        links = [" ".join("".join(words for _marks, words in runs).split()) for link, runs in by_link if link]
        yield Block("li" if in_item else block.tag, text, links)
    for child in block.children:
        yield from _flat(child, in_item)


def sentences(text: str) -> list[str]:
    """`text` cut after each sentence; joined with a space they are `text` again.

    A full stop ends none after a title, an initial or “e.g.”, nor where the next word begins small (“8 a.m. to noon”).
    """
    cuts, start = [], 0
    for match in _END.finditer(text):
        if _ends(text[start : match.start()], match.group(), text[match.end() :].lstrip()):
            cuts.append(text[start : match.end()])
            start = match.end() + 1
    return [*cuts, text[start:]] if text[start:].strip() else cuts


def _ends(before: str, sign: str, after: str) -> bool:
    if after.lstrip("\"'“‘([¿¡")[:1].islower():
        return False
    if not sign.startswith(".") or sign.startswith(".."):
        return True
    last, previous = [*before.replace("(", " ").split(" ")[-1:-3:-1], "", ""][:2]
    if re.fullmatch(r"[A-Z]", last) and last != "I":
        return previous.casefold() in _LETTER_THAT_ENDS
    if last.casefold() == "no" and after[:1].isdigit():
        return False
    return last.casefold() not in _NEVER_ENDS


_SILENT = re.compile(
    r"[^aeiouytd]ed$|[^aeiouyl]e$|[^aeiouylsxzcg]es$(?<![cs]hes)|[aeiouy]les?$"
    r"|[aeiouy][^aeiouy]+e(?=(?:ly|ment|ments|ful|less|ness)$)|(?<=[a-z]{2}[^aeiouy])e(?=(?:thing|where|body|day|maker|ache)$)"
)
_APART = re.compile(
    r"i[aou]|eo|ao|[aeiou]ing|sms?$|ua[tl]|uou|[aeiouy]y[aeiou]|[^aeiou]y[ao]|my[ei]|eu[ms]\b|[bcdfgkptz]led$"
    r"|crea|reac(?!h)|rhea$|uity|ien[tc]|i[ae]t"
)
_TOGETHER = re.compile(r"[ctsg]i(?:a(?!t)|ou?)|xiou|[cst]ient|cien|[lnv]ion|geo[nu]|people")
_COUNTED = {  # by hand: medical and everyday words where the rules go wrong
    1: "aches eye eyes tongue tongues plaque plaques plague",
    2: "acne naive aspirin choir colleague colleagues cranial diaper diapers dr evening eyelid eyelids fatigue "
    "fatigued fluid fluids forehead headaches herpes hour hours mr mrs nauseous nsaid nsaids our platelet platelets safety "
    "science several tired",
    3: "anion apnea area caregiver caregivers cornea differently earlier easier "
    "everyday everyone everything everywhere familial familiar heroin miscarriage morphea nausea physio pneumonia recovery "
    "temperature trachea urea",
    4: "angiogram arthritides coagulate cooperate coordinate diabetes duodenum epithelial influenza laboratory nauseated "
    "neuroscience osteitis preexisting uveitis",
    5: "angiography coagulation cooperation coordinator coordinators etiology "
    "physiologic physiology pituitary reevaluate sacroiliac",
    6: "arthrocentesis fibrodysplasia gastrointestinal histiocytosis kinesiology osteoarthritis "
    "physiological physiotherapist physiotherapists physiotherapy proteinuria sacroiliitis spondyloarthritis",
    7: "anesthesiologist anesthesiologists autoinflammatory immunodeficient telangiectasia",
}
OVERRIDES = {word: count for count, words in _COUNTED.items() for word in words.split()}


_SPANISH_VOWELS = re.compile(r"[aeiouáéíóúü]+|(?<=[^aeiouáéíóúü])y\b", re.IGNORECASE)
_SPANISH_STRONG = re.compile(r"[aeoáéíóú]", re.IGNORECASE)
_MUTE_U = re.compile(r"(?<=[qg])u(?=[eiéí])", re.IGNORECASE)


@lru_cache(maxsize=20_000)
def syllables(word: str, language: str = "en") -> int:
    """Of one word as it is said, estimated; at least 1. Capitals are spelled out (“MRI”: 3), a number counts 1."""
    return _spanish(word) if language == "es" else _english(word)


def _spanish(word: str) -> int:
    """One for each strong vowel; weak ones (i, u) join a neighbour, unless the accent makes them strong."""
    if re.fullmatch(r"[A-ZÑ]{2,6}", word):
        return len(word) + len(re.findall("[FHJLMNÑRSXZYV]", word)) + 3 * word.count("W")
    runs = _SPANISH_VOWELS.findall(_MUTE_U.sub("", word))
    return max(1, sum(max(1, len(_SPANISH_STRONG.findall(run))) for run in runs))


def _english(word: str) -> int:
    if word.casefold() in OVERRIDES:
        return OVERRIDES[word.casefold()]
    if re.fullmatch(r"[A-Z]{2,6}s?", word):
        return len(word.rstrip("s")) + 2 * word.count("W")
    return max(1, sum(by_rule(part) for part in re.findall(r"[^\W\d_]+", re.sub(r"['’]", "", word.casefold()))))


def by_rule(part: str) -> int:
    counted = len(re.findall("[aeiouy]+", part)) - len(_SILENT.findall(part)) + len(_APART.findall(part))
    return max(1, counted - len(_TOGETHER.findall(part)))


@dataclass(frozen=True)
class Counts:
    """What the formulas need. `hard`: words of three syllables or more."""

    sentences: int = 0
    words: int = 0
    syllables: int = 0
    hard: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*map(add, astuple(self), astuple(other)))

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(*map(sub, astuple(self), astuple(other)))

    @property
    def _length(self) -> float:
        return self.words / self.sentences

    @property
    def grade(self) -> float | None:
        """Flesch-Kincaid: US school grade (Kincaid 1975). None without a sentence."""
        return 0.39 * self._length + 11.8 * self.syllables / self.words - 15.59 if self.sentences and self.words else None

    @property
    def smog(self) -> float | None:
        """SMOG grade (McLaughlin 1969); None for a text of fewer than `SMOG_FROM` sentences."""
        return 1.0430 * sqrt(self.hard * 30 / self.sentences) + 3.1291 if self.sentences >= SMOG_FROM else None

    @property
    def inflesz(self) -> float | None:
        """Of Spanish, by Szigriszt-Pazos (1993); on the INFLESZ scale (Barrio 2008) 65 and more is fairly easy."""
        return 206.835 - 62.3 * self.syllables / self.words - self._length if self.sentences and self.words else None

    @property
    def fernandez_huerta(self) -> float | None:
        """Of Spanish (Fernández Huerta 1959, as corrected by Law 2011): 70 to 80 is US grade 6."""
        return 206.84 - 60 * self.syllables / self.words - 1.02 * self._length if self.sentences and self.words else None


class Phrases:
    """Finds any of many phrases in a list of words, the longest first, whatever their case; a plural “s” does not matter."""

    def __init__(self, phrases: Iterable[str] = ()) -> None:
        self._by_first: dict[str, list[tuple[list[str], str]]] = {}
        for phrase in phrases:
            words = [word.casefold() for word in WORD.findall(phrase)]
            for first in {words[0], f"{words[0]}s"} if words else ():
                self._by_first.setdefault(first, []).append((words, phrase))
        for found in self._by_first.values():
            found.sort(key=lambda pair: -len(pair[0]))

    def find(self, words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
        folded, free = [word.casefold() for word in words], 0
        for at, word in enumerate(folded):
            if at >= free and word in self._by_first:
                pairs = self._by_first[word]
                hit = next((pair for pair in pairs if _same(folded[at : at + len(pair[0])], pair[0])), None)
                if hit:
                    free = at + len(hit[0])
                    yield at, free, hit[1]


def _same(words: list[str], phrase: list[str]) -> bool:
    return words == phrase or (words[:-1] == phrase[:-1] and words[-1] == f"{phrase[-1]}s")


def count(prose: Iterable[Block], names: Phrases, language: str = "en") -> tuple[Counts, Counts]:
    """Of all prose among the blocks: as it stands, and with every word of a name in `names` left out of the count."""
    spoken, named, total = [], [], 0
    for block in prose:
        if block.is_prose:
            total += len(sentences(block.text))
            found = WORD.findall(block.text)
            spoken += found
            named += [word for start, end, _name in names.find(found) for word in found[start:end]]
    whole, apart = _counts(total, spoken, language), _counts(0, named, language)
    return whole, whole - apart


def _counts(total: int, spoken: Sequence[str], language: str) -> Counts:
    said = [syllables(word, language) for word in spoken]
    return Counts(total, len(spoken), sum(said), sum(number > 2 for number in said))
