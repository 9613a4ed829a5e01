"""What a health record asks, read as kindly as its many writers need. Sources: HL7 URL-based guide R4 (2014), docs/ehr.md.

Names are read in any case; names that we do not know are left alone. The clinician's own words (`.ot`), age, sex and the
caller's password may stand beside the code: nothing of that is read, kept or repeated.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from django.conf import settings
from django.http import HttpRequest

from conditions.models import ConditionCode
from foundation.prose.typed import code, prose

System = ConditionCode.System
HL7 = "2.16.840.1.113883.6."
UNSAID = {"", "undefined", "null", "none", "unknown"}  # what scripts send for a system that they do not know
SYSTEMS = {  # each as `_bare` leaves it
    **dict.fromkeys([HL7 + "90", "hl7.org/fhir/sid/icd10cm", "icd10cm", "i10"], System.ICD_10_CM),
    **dict.fromkeys([HL7 + "3", "hl7.org/fhir/sid/icd10", "icd10"], System.ICD_10_CM),  # the same up to the third digit
    **dict.fromkeys([HL7 + "96", "snomed.info/sct", "snomedct", "snomedctus", "sct"], System.SNOMED_CT),
    **dict.fromkeys([HL7 + "177", "id.nlm.nih.gov/mesh", "mesh", "msh"], System.MESH),
    **dict.fromkeys([HL7 + "174", "omim.org", "omim", "mim"], System.OMIM),
    **dict.fromkeys(["orpha.net", "orpha", "orphanet"], System.ORPHA),
    **dict.fromkeys(["id.who.int/icd/release/11/mms", "icd11"], System.ICD_11),
}  # fmt: skip
CRITERION = re.compile(r"mainsearchcrit(?:eria|ieria)\.[vc]\.(csn|cs|c|dn)(\d*)")
NAMED = re.compile(r"(ICD-?10-?CM|ICD-?1[01]|SNOMED-?CT|SCT|MESH|MSH|O?MIM|ORPHA(?:NET)?)[:_#-]?")  # a system before its code
LANGUAGE = "informationrecipient.languagecode.c"
SUBTOPIC = ("subtopic.v.c", "subtopic.c.c")
FORGOTTEN = re.compile(r"(?<![?&;])(?=informationRecipient\.languageCode)", re.IGNORECASE)  # the & before it
MOST_CODES = 20
LONGEST = 200  # characters of a name that is searched for


class Unanswerable(Exception):
    """The request cannot be answered; the message says why, in plain words for who wrote the record's software."""

    def __init__(self, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True)
class Code:
    system: str  # of `ConditionCode.System`; "" where it is none of ours
    value: str  # as it is written in that system

    def __str__(self) -> str:
        return f"{System(self.system).label} {self.value}" if self.system else self.value


@dataclass(frozen=True)
class Question:
    codes: list[Code]
    names: list[str]
    language: str
    subtopics: list[str]  # MeSH codes
    response_type: str
    callback: str

    @classmethod
    def of(cls, request: HttpRequest) -> "Question":
        """Raises Unanswerable."""
        values = dict(_values(request))
        criteria: dict[str, dict[str, str]] = {}
        for name, value in values.items():
            if found := CRITERION.fullmatch(name):
                criteria.setdefault(found[2], {})[found[1]] = value
        codes = [_code(each) for each in criteria.values() if code(each.get("c", ""))]
        names = [name for each in criteria.values() if (name := prose(each.get("dn", ""), lines=False)[:LONGEST])]
        if not codes and not names:
            raise Unanswerable("Send a code (mainSearchCriteria.v.c and .cs) or its name (.dn).")
        if len(codes) > MOST_CODES:
            raise Unanswerable(f"Send {MOST_CODES} codes at most.")
        return cls(
            codes,
            names,
            _language(values.get(LANGUAGE, "")),
            [code(values[name]).upper() for name in SUBTOPIC if name in values],
            code(values.get("knowledgeresponsetype", "")).lower().partition(";")[0].strip(),
            values.get("callback", "").strip(),
        )


def _values(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """(name in small letters, value), each name once. Raises Unanswerable for a code or a system that comes twice and differs."""
    seen: dict[str, str] = {}
    for name, value in _pairs(request):
        plain = _plain(name)
        is_about = CRITERION.fullmatch(plain) if plain in seen else None
        if is_about and is_about[1] in {"c", "cs"} and code(seen[plain]) != code(value):
            raise Unanswerable("A parameter came twice with different values: which of them is meant would be a guess.")
        seen.setdefault(plain, value)
    yield from seen.items()


def _plain(name: str) -> str:
    """A name in small letters. The form before 2010 (`.c.c` for `.v.c`) means the same, and so does an `&` written as `&amp;`."""
    return re.sub(r"^(mainsearchcrit(?:eria|ieria))\.c\.", r"\1.v.", code(name).lower().removeprefix("amp;"))


def _pairs(request: HttpRequest) -> Iterator[tuple[str, str]]:
    posted = request.POST.lists() if request.method == "POST" else []
    for name, value in ((name, value) for name, values in chain(request.GET.lists(), posted) for value in values):
        first, *glued = FORGOTTEN.split(value)
        yield name, first
        for rest in glued:
            inner, _equals, inside = rest.partition("=")
            yield inner, inside


def _code(criterion: dict[str, str]) -> Code:
    written = code(criterion["c"]).upper().replace(" ", "").rstrip(".")
    said = _bare(criterion.get("cs", "") or criterion.get("csn", ""))
    further = {_bare(name): system for name, system in settings.CODE_SYSTEMS.items()}
    system = _alone_in(written) if said in UNSAID else (SYSTEMS | further).get(said, "")
    return Code(system, in_system(written, system))


def _bare(system: str) -> str:
    """A system's name or address without what its writers vary: hyphens and spaces, the scheme, the edition of SNOMED CT."""
    bare = re.sub(r"[\s_-]", "", code(system).lower())
    bare = re.sub(r"^(urn:oid:|https?://(www\.)?)", "", bare).rstrip("/")
    return re.sub(r"^(snomed\.info/sct)/.*", r"\1", bare)


def in_system(written: str, system: str) -> str:
    """A code as the site writes it: billing systems leave the dot of ICD-10-CM out, others put a system's name in front."""
    named = NAMED.match(written)
    bare = written[named.end() :] if named and SYSTEMS.get(_bare(named[1])) == system else written
    if system == System.OMIM:
        bare = bare.lstrip("#*+%")  # what OMIM itself puts before a number: of a disease, of a gene
    if system == System.ICD_10_CM and len(bare) > 3:
        bare = f"{bare[:3]}.{bare[3:].lstrip('.-')}"
    return bare


def _alone_in(written: str) -> str:
    """The one system that has codes of this form; "" if there are several, for then it would be a guess."""
    fitting = [system for system, form in ConditionCode.FORMATS.items() if re.fullmatch(form, in_system(written, system))]
    return fitting[0] if len(fitting) == 1 else ""


def _language(asked: str) -> str:
    """One of the site's; English where it has none. Some records write `sp` for Spanish."""
    short = code(asked).lower().replace("_", "-").partition("-")[0]
    short = {"sp": "es", "spa": "es", "eng": "en"}.get(short, short)
    return short if short in dict(settings.LANGUAGES) else "en"
