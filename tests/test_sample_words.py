"""The words of the sample: which warning stands where a medicine is named, which facts no page may lose, which numbers it holds."""

import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings

SAMPLE = Path(__file__).resolve().parent.parent / "sample"
PAGES = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(SAMPLE.glob("conditions/*.yaml"))}
CURRENT = {
    (slug, edition["language"]): edition for slug, page in PAGES.items() for edition in page["editions"]
}  # the last wins

# (language, the medicine, the warning)
WARNINGS = [
    ("en", r"methotrexate", r"harm an unborn baby, so teens need honest talk about birth control"),
    ("es", r"metotrexato", r"puede dañar a un bebé antes de nacer"),
    ("en", r"colchicine", r"call 911 or Poison Control at \[1 800 222 1222\]"),
    ("en", r"colchicine", r"[Nn]ever give an extra dose"),
    ("en", r"\*\*Steroids|\bSteroids or", r"[Nn]ever stop (?:them|steroids) suddenly"),
    ("es", r"[Ee]steroides", r"Nunca los suspenda de golpe"),
    ("en", r"NSAID", r"(?:Ask|ask) us before you give it"),
    ("es", r"\bAINE\b", r"pregúntenos antes de darlo"),
    ("en", r"methotrexate|TNF|[Bb]iologics|immune medicines|interleukin-1", r"Call us the same day|call us the same day"),
    ("es", r"metotrexato|TNF", r"llámenos el mismo día si hay fiebre"),
]
CALMS = {
    "en": (
        r"[Mm]ethotrexate|TNF inhibitor|[Bb]iologics|immune medicines|interleukin-1",
        "medicine that calms the defense system",
    ),
    "es": (r"[Mm]etotrexato|inhibidores del TNF", "medicina que calma las defensas"),
}

SEED_FACTS = {
    "en": [
        r"inflammatory bowel disease",
        r"treat that disease as well",
        r"in any bone, also in the long bones of the arms",
        r"have a fever, a rash or stomach trouble",
        r"have joint pain",
        r"Many doctors do not know CRMO",
        r"depends on how bad it is and where",
        r"when the picture is not clear",
        r"help to rule out other causes",
        r"whole-body MRI shows all the bones, at first and during treatment",
        r"teens can get it too",
        r"16 had no symptoms after 6 months. But on scans it came back in 41 in 100. Of these, 2 in 3 felt no pain",
        r"81 of them were checked again, and they had about 1. Nobody knows how the others did",
        r"half waited 2 years or longer.*In a hospital study of 75 children, half had it within 4 months",
        r"in the study of 75 children, 54 had one",
    ],
    "es": [
        r"enfermedad inflamatoria intestinal",
        r"Tratar también esa enfermedad",
        r"en cualquier hueso, también en los huesos largos de los brazos",
        r"tener fiebre, sarpullido o molestias de barriga",
        r"dolor en las articulaciones",
        r"Muchos médicos no conocen la CRMO",
        r"depende de qué tan grave es y dónde está",
        r"cuando el caso no está claro",
        r"descartar otras causas",
        r"cuerpo entero muestra todos los huesos, al principio y durante el tratamiento",
        r"también la tienen adolescentes",
        r"16 no tenían síntomas a los 6 meses. Pero .* volvió en 41 de cada 100. De estos, 2 de cada 3 no sentían dolor",
        r"revisaron a 81 de ellos, y tenían cerca de 1. De los demás no se sabe",
        r"la mitad esperó 2 años o más.*estudio de hospital con 75 niños, la mitad lo supo en 4 meses",
        r"en el estudio con 75 niños, se la hicieron a 54",
    ],
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
    parts += [section["text"] for section in edition["sections"]]
    return " ".join(" ".join(parts).split())


@pytest.mark.parametrize(("language", "medicine", "warning"), WARNINGS)
def test_warning_stands_on_every_page_that_names_the_medicine(language, medicine, warning):
    naming = {
        slug for (slug, spoken), edition in CURRENT.items() if spoken == language and re.search(medicine, words(edition))
    }

    silent = {slug for slug in naming if not re.search(warning, words(CURRENT[slug, language]))}

    assert naming
    assert silent == set()


@pytest.mark.parametrize("language", CALMS)
def test_fever_under_a_medicine_that_calms_the_defenses_is_for_today(language):
    medicine, sign = CALMS[language]
    naming = {
        slug for (slug, spoken), edition in CURRENT.items() if spoken == language and re.search(medicine, words(edition))
    }

    silent = {slug for slug in naming if not any(sign in line for line in CURRENT[slug, language]["urgent"]["today"])}

    assert naming >= {"crmo"}
    assert silent == set()


def test_too_much_colchicine_is_an_emergency_wherever_it_is_named():
    naming = {slug for (slug, _language), edition in CURRENT.items() if "olchicine" in words(edition)}

    silent = {slug for slug in naming if "has taken too much colchicine, even if they feel fine" not in emergency(slug)}

    assert naming == {"familial-mediterranean-fever", "pfapa"}
    assert silent == set()


def emergency(slug, language="en"):
    return CURRENT[slug, language]["urgent"]["emergency"]


@pytest.mark.parametrize(("language", "fact"), [(language, fact) for language, facts in SEED_FACTS.items() for fact in facts])
def test_page_on_crmo_says(language, fact):
    assert re.search(fact, words(CURRENT["crmo", language]))


def test_baby_without_fever_is_an_emergency_on_the_page_on_bone_infection():
    assert "is a baby who stops moving an arm or a leg, even without a fever" in emergency("bone-infection")
    assert "a baby who stops moving an arm or a leg too, even without a fever" in words(CURRENT["bone-infection", "en"])


def test_card_and_text_on_kawasaki_disease_name_one_level():
    text = words(CURRENT["kawasaki-disease", "en"])

    assert "has had a fever for 5 days or more with red eyes, red lips, a red tongue or a rash" in emergency(
        "kawasaki-disease"
    )
    assert "**Fever for 5 days or more with these signs is an emergency.** Go to an emergency room now or call 911" in text
    assert "With a fever for 5 days or more and no other sign, have your child seen today." in text
    assert "go to an emergency room if your doctor cannot see you" not in text


def test_usual_attack_of_pfapa_is_not_for_today():
    today = CURRENT["pfapa", "en"]["urgent"]["today"]

    assert "has had a fever for 5 days or more" not in today
    assert "has a fever that lasts longer than their usual attacks, or more than 6 days" in today


def test_arthritis_of_few_joints_has_up_to_four():
    assert "up to 4 sore joints, and others have 5 or more" in words(CURRENT["juvenile-idiopathic-arthritis", "en"])


@pytest.mark.parametrize("path", sorted(SAMPLE.rglob("*.yaml")), ids=lambda path: path.stem)
def test_no_text_holds_a_number_but_those_for_emergencies(path):
    """Numbers of departments and places stand in fields of their own, which are left out here."""
    text = re.sub(r"(?m)^(?:after_hours_)?phone: .*$", "", path.read_text(encoding="utf-8"))

    assert set(PHONE.findall(text)) - EMERGENCY == set()


@pytest.mark.parametrize(
    "wrong", ["casi siempre", "casi nunca", "En la mañana", "que mueven la inflamación", "no quiere mover"]
)
def test_spanish_does_not_say(wrong):
    assert wrong.casefold() not in words(CURRENT["crmo", "es"]).casefold()


def test_number_of_the_site_is_no_departments_since_each_has_hours_of_its_own():
    departments = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in SAMPLE.glob("departments/*.yaml")]
    numbers = [department["phone"] for department in departments]

    assert settings.SITE_PHONE not in numbers
    assert len(set(numbers)) == len(numbers) > 5
