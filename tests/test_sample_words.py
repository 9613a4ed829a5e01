"""The words of the sample: which warning stands where a medicine is named, which facts no page may lose, which numbers it holds."""

import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from conditions.coach import GOOD_POINTS, GOOD_SIGNS
from conditions.models import MedicineWarning
from foundation.prose.readability import WORD, Phrases


def read(path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


SAMPLE = Path(__file__).resolve().parent.parent / "sample"
PAGES = {path.stem: read(path) for path in sorted(SAMPLE.glob("conditions/*.yaml"))}
CURRENT = {
    (slug, edition["language"]): edition for slug, page in PAGES.items() for edition in page["editions"]
}  # the last wins

# What the page that ours began with tells of CRMO, and the figures beside it that no side of may be left out: by statement,
# the sentence of ours in each language.
STATEMENTS = {
    "inflamed bone without a germ": (
        r"swelling inside the bone \(inflammation\) without a germ",
        r"hinchazón dentro del hueso \(inflamación\) sin microbios",
    ),
    "an autoinflammatory disease": (r"Doctors call this an autoinflammatory disease", r"una enfermedad autoinflamatoria"),
    "children and teenagers": (r"teens can get it too", r"también la tienen adolescentes"),
    "rare": (r"CRMO is rare", r"La CRMO es poco común"),
    "comes and goes": (r"often comes and goes for years", r"suele ir y venir durante años"),
    "any bone, the long bones of the arms too": (
        r"in any bone, also in the long bones of the arms",
        r"en cualquier hueso, también en los huesos largos de los brazos",
    ),
    "jaw and collarbone": (
        r"The collarbone and the lower jaw can be sore too",
        r"También pueden doler la clavícula y la mandíbula",
    ),
    "bone pain by day and night": (
        r"bone pain that lasts for weeks, by day or by night",
        r"dolor de hueso que dura semanas, de día o de noche",
    ),
    "joint pain": (r"have joint pain", r"dolor en las articulaciones"),
    "fever, rash, stomach": (r"have a fever, a rash or stomach trouble", r"tener fiebre, sarpullido o molestias de barriga"),
    "with bowel disease, psoriasis, arthritis": (
        r"in the joints \(arthritis\), in the bowel \(inflammatory bowel disease, IBD\).*\(psoriasis\)",
        r"en las articulaciones \(artritis\), en el intestino \(enfermedad inflamatoria intestinal, EII\).*\(psoriasis\)",
    ),
    "treat the associated disease": (
        r"To treat that disease as well is part of the plan",
        r"Tratar también esa enfermedad es parte del plan",
    ),
    "many doctors do not know it": (r"Many doctors do not know CRMO", r"Muchos médicos no conocen la CRMO"),
    "found by ruling out": (r"Doctors find CRMO by ruling out other causes", r"al descartar otras causas"),
    "blood tests rule out": (r"help to rule out other causes", r"Ayudan a descartar otras causas"),
    "X-ray": (r"\*\*An X-ray\.\*\*", r"\*\*Una radiografía\.\*\*"),
    "whole-body MRI, during treatment too": (
        r"whole-body MRI shows all the bones, at first and during treatment",
        r"cuerpo entero muestra todos los huesos, al principio y durante el tratamiento",
    ),
    "biopsy when unclear": (
        r"when the picture is not clear: in the study of 75 children, 54 had one",
        r"cuando el caso no está claro: en el estudio con 75 niños, se la hicieron a 54",
    ),
    "treatment by how bad and where": (r"depends on how bad it is and where", r"depende de qué tan grave es y dónde está"),
    "an anti-inflammatory first": (
        r"Most children start with an anti-inflammatory pain medicine",
        r"La mayoría de los niños empieza con un antiinflamatorio",
    ),
    "bisphosphonates": (r"Bisphosphonates\*\* act on the bone", r"bifosfonatos\*\* actúan en el propio hueso"),
    "physical therapy": (r"Physical therapy can help", r"La fisioterapia puede ayudar"),
    "naproxen, both sides": (
        r"16 had no symptoms after 6 months. But on scans it came back in 41 in 100. Of these, 2 in 3 felt no pain",
        r"16 no tenían síntomas a los 6 meses. Pero .* volvió en 41 de cada 100. De estos, 2 de cada 3 no sentían dolor",
    ),
    "follow-up, and who is missing": (
        r"81 of them were checked again, and they had about 1. Nobody knows how the others did",
        r"revisaron a 81 de ellos, y tenían cerca de 1. De los demás no se sabe",
    ),
    "the wait, both sources": (
        r"half waited 2 years or longer.*In a hospital study of 75 children, half had it within 4 months",
        r"la mitad esperó 2 años o más.*estudio de hospital con 75 niños, la mitad lo supo en 4 meses",
    ),
    "if it is missed": (
        r"a bone can grow too much, or one leg can get longer.*\(vertebra\) can break",
        r"un hueso puede crecer de más, o una pierna.*\(vértebra\) se puede romper",
    ),
}
CALMS = {  # what is named on a page, and the sign in its card
    "en": (
        r"[Mm]ethotrexate|TNF inhibitor|[Bb]iologics|immune medicines|interleukin-1",
        "medicine that calms the defense system",
    ),
    "es": (r"calman? las defensas|[Mm]etotrexato|inhibidores del TNF", "medicina que calma las defensas"),
}
MEDICINES = {
    path.stem: [
        MedicineWarning(**row | {"also": "\n".join(row.get("also", [])), "known_by": "\n".join(row["known_by"])})
        for row in read(path)["warnings"]
    ]
    for path in SAMPLE.glob("medicines/*.yaml")
}
PHONE = re.compile(r"(?<!\d)(?:\+?1[\s.-]?)?\(?\d{3}\)?[\s.-]\d{3}[\s.-]?\d{4}(?!\d)|tel:\+?[\d-]+")
EMERGENCY = {"1 800 222 1222", "tel:+18002221222", "tel:988"}


def words(edition):
    """Everything a family reads of an edition, on one line."""
    parts = [
        edition["summary"],
        *edition.get("key_points", []),
        *(line for level in edition["urgent"].values() for line in level),
    ]
    parts += [section["text"] for section in edition.get("sections", [])]
    return " ".join(" ".join(parts).split())


def test_page_has_the_warning_of_each_medicine_it_names():
    for (slug, language), edition in CURRENT.items():
        text = words(edition)
        named = [warning for warning in MEDICINES[language] if any(Phrases(warning.names).find(WORD.findall(text)))]
        kinds = {warning.kind for warning in named}

        assert (slug, language, [str(warning) for warning in named if not warning.is_said(text)]) == (slug, language, [])
        assert slug != "crmo" or kinds > {"pregnancy", "infection", "vaccines", "stopping", "illness"}


def test_each_warning_is_in_both_languages_and_belongs_to_a_page_or_a_brand():
    english, spanish = ({(row.slug, row.kind) for row in MEDICINES[language]} for language in ("en", "es"))
    text = " ".join(words(edition) for (_slug, language), edition in CURRENT.items() if language == "en")

    assert english == spanish
    assert [row.slug for row in MEDICINES["en"] if not any(Phrases(row.names).find(WORD.findall(text)))] == []


def test_page_has_urgent_advice_and_key_points_in_both_languages_within_their_bounds():
    for key in ((slug, language) for slug in PAGES for language in ("en", "es")):
        signs = [len(CURRENT[key]["urgent"][level]) for level in ("ask_us", "today", "emergency")]

        assert all(signs), key
        assert sum(signs) <= GOOD_SIGNS, key
        assert 4 <= len(CURRENT[key]["key_points"]) <= GOOD_POINTS, key


@pytest.mark.parametrize("language", CALMS)
def test_fever_under_a_medicine_that_calms_the_defenses_is_for_today(language):
    medicine, sign = CALMS[language]
    naming = {
        slug for (slug, spoken), edition in CURRENT.items() if spoken == language and re.search(medicine, words(edition))
    }

    silent = {slug for slug in naming if not any(sign in line for line in CURRENT[slug, language]["urgent"]["today"])}

    assert len(naming) >= 7
    assert silent == set()


@pytest.mark.parametrize(
    ("medicine", "sign"),
    [
        ("olchicine", "has taken too much colchicine, even if they feel fine"),
        ("olchicina", "ha tomado demasiada colchicina, aunque se sienta bien"),
    ],
)
def test_too_much_colchicine_is_an_emergency_wherever_it_is_named(medicine, sign):
    naming = {key for key, edition in CURRENT.items() if medicine in words(edition)}

    assert {slug for slug, _language in naming} == {"familial-mediterranean-fever", "pfapa"}
    assert [key for key in naming if not any(sign in line for line in emergency(*key))] == []


def emergency(slug, language="en"):
    return CURRENT[slug, language]["urgent"]["emergency"]


def test_page_on_crmo_says():
    said = {language: words(CURRENT["crmo", language]) for language in ("en", "es")}
    for statement, sentences in STATEMENTS.items():
        for language, sentence in zip(said, sentences, strict=True):
            assert re.search(sentence, said[language]), (statement, language)


def test_baby_without_fever_is_an_emergency_on_the_page_on_bone_infection():
    assert "is a baby who stops moving an arm or a leg, even without a fever" in emergency("bone-infection")
    assert "a baby who stops moving an arm or a leg too, even without a fever" in words(CURRENT["bone-infection", "en"])


def test_card_and_text_on_kawasaki_disease_name_one_level():
    text = words(CURRENT["kawasaki-disease", "en"])

    sign = "has fever for 5 days or more with red eyes or mouth, a rash, neck lump, swollen hands or feet"
    assert sign in emergency("kawasaki-disease")
    assert "**Fever for 5 days or more with these signs is an emergency.** Go to an emergency room now or call 911" in text
    assert "With a fever for 5 days or more and no other sign, have your child seen today." in text
    assert "go to an emergency room if your doctor cannot see you" not in text


def test_usual_attack_of_pfapa_is_not_for_today():
    today = CURRENT["pfapa", "en"]["urgent"]["today"]

    assert "has had a fever for 5 days or more, and no doctor has named PFAPA yet" in today
    assert "has a fever that lasts longer than their usual attacks, or more than 6 days" in today


def test_arthritis_of_few_joints_has_up_to_four():
    assert "up to 4 sore joints, and others have 5 or more" in words(CURRENT["juvenile-idiopathic-arthritis", "en"])


def test_no_text_holds_a_number_but_those_for_emergencies():
    """Numbers of departments and places stand in fields of their own, which are left out here."""
    texts = {str(path): path.read_text(encoding="utf-8") for path in SAMPLE.rglob("*.yaml")}
    found = {name: PHONE.findall(re.sub(r"(?m)^(?:after_hours_)?phone: .*$", "", text)) for name, text in texts.items()}

    assert len(texts) > 80
    assert {name: numbers for name, numbers in found.items() if set(numbers) - EMERGENCY} == {}


@pytest.mark.parametrize(
    "wrong", ["casi siempre", "casi nunca", "En la mañana", "que mueven la inflamación", "no quiere mover"]
)
def test_spanish_does_not_say(wrong):
    assert wrong.casefold() not in words(CURRENT["crmo", "es"]).casefold()


def test_number_of_the_site_is_no_departments_since_each_has_hours_of_its_own():
    departments = [read(path) for path in SAMPLE.glob("departments/*.yaml")]
    numbers = [department["phone"] for department in departments]

    assert settings.SITE_PHONE not in numbers
    assert len(set(numbers)) == len(numbers) > 5
