"""A first table of plain words, so that the writing coach has something to offer. Staff change it in the admin."""

from typing import Any

from django.db import migrations

WORDS = {
    "accompanied by": "with",
    "adhere to": "keep to",
    "adjacent": "next to",
    "administer": "give",
    "adverse effect": "side effect",
    "adverse reaction": "side effect",
    "alleviate": "ease",
    "analgesic": "pain medicine",
    "anterior": "front",
    "approximately": "about",
    "as a result of": "because of",
    "asymptomatic": "without signs",
    "at risk of": "more likely to get",
    "benign": "not cancer",
    "bilateral": "on both sides",
    "cardiac": "heart",
    "cease": "stop",
    "cessation": "stopping",
    "commence": "start",
    "comorbidity": "another illness at the same time",
    "component": "part",
    "consequently": "so",
    "contraindicated": "not safe",
    "contusion": "bruise",
    "deteriorate": "get worse",
    "deterioration": "getting worse",
    "discontinue": "stop",
    "dosage": "how much to take",
    "due to the fact that": "because",
    "dyspnea": "trouble breathing",
    "edema": "swelling",
    "elevated": "high",
    "erythema": "redness",
    "etiology": "cause",
    "exacerbate": "make worse",
    "exacerbation": "flare",
    "facilitate": "help",
    "fatigue": "being very tired",
    "febrile": "with a fever",
    "fracture": "broken bone",
    "frequently": "often",
    "gait": "way of walking",
    "hepatic": "liver",
    "hypertension": "high blood pressure",
    "implement": "do",
    "in order to": "to",
    "in the event of": "if",
    "inability": "not being able",
    "indicate": "show",
    "ingest": "swallow",
    "initial": "first",
    "initiate": "start",
    "intermittent": "on and off",
    "intravenous": "into a vein",
    "lesion": "sore spot",
    "localized": "in one place",
    "malignant": "cancer",
    "modality": "way",
    "monitor": "watch",
    "numerous": "many",
    "observe": "see",
    "obtain": "get",
    "occur": "happen",
    "onset": "start",
    "oral": "by mouth",
    "orally": "by mouth",
    "persist": "go on",
    "persistent": "lasting",
    "physician": "doctor",
    "posterior": "back",
    "prior to": "before",
    "prognosis": "what to expect",
    "progressive": "getting worse over time",
    "pruritus": "itching",
    "pulmonary": "lung",
    "pyrexia": "fever",
    "regarding": "about",
    "regimen": "plan",
    "renal": "kidney",
    "sufficient": "enough",
    "symptomatic": "with signs",
    "terminate": "end",
    "topical": "on the skin",
    "utilize": "use",
    "with regard to": "about",
}


def add(apps: Any, schema_editor: Any) -> None:
    """What a hospital wrote already stays as it is."""
    model = apps.get_model("conditions", "PlainWord")
    rows = [model(word=word, plain=plain, language="en") for word, plain in WORDS.items()]
    model.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("conditions", "0004_review_mails")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
