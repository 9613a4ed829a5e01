"""What is wrong with a FHIR R4 Bundle: by HL7's JSON schema, by the invariants of the standard, and by rules that neither has.

`data/fhir_r4.json` is the part of both (4.0.1, published under CC0) that our resources need: of `fhir.schema.json` without
descriptions and extensions, which we do not write, and so with what the standard demands (min 1); and every invariant of these types, in FHIRPath.
"""

import json
import re
import warnings
from functools import cache
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import fhirpathpy
from jsonschema import Draft7Validator

STANDARD = json.loads((Path(__file__).parent / "data/fhir_r4.json").read_text(encoding="utf-8"))
DEFINITIONS = STANDARD["schema"]
TIMES = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$")


@cache
def validator(kind):
    return Draft7Validator({"definitions": DEFINITIONS, "$ref": f"#/definitions/{kind}"})


@cache
def compiled(expression):
    """fhirpathpy does not know hasValue(); without extensions it says the same as exists(). trace() would print."""
    return fhirpathpy.compile(re.sub(r"\.trace\('\w+'\)", "", expression).replace("hasValue()", "exists()"))


def faults(bundle):
    resources = [bundle, *(entry.get("resource", {}) for entry in bundle.get("entry", []))]
    found = [fault for resource in resources for fault in of_schema(resource)]
    found += [fault for resource in resources for fault in of_invariants(resource, resource["resourceType"], resource)]
    return found + of_references(bundle) + [fault for resource in resources for fault in of_ours(resource)]


def of_schema(resource):
    kind = resource["resourceType"]
    for error in validator(kind).iter_errors(resource):
        yield f"{kind}.{'.'.join(map(str, error.path))}: {error.message[:200]}"


def of_invariants(node, kind, resource):
    """Those of the type of `node`, then of all that is in it."""
    for key, expression in STANDARD["invariants"].get(kind, {}).items():
        if compiled(expression)(node, {"resource": resource, "rootResource": resource}) != [True]:
            yield f"{kind} {key}: {expression}"
    for name, value in node.items():
        part = DEFINITIONS[kind]["properties"].get(name, {})
        inner = (part.get("items", part).get("$ref") or "").rpartition("/")[2]
        if inner in DEFINITIONS and inner != "ResourceList":
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict):
                    yield from of_invariants(each, inner, resource)


def of_references(bundle):
    """No reference may dangle: neither the schema nor Medplum looks."""
    urls = {entry.get("fullUrl") for entry in bundle.get("entry", [])}
    named = set(re.findall(r'"reference": "([^"]*)"', json.dumps(bundle)))
    return [f"nothing is called {url}" for url in sorted(named - urls)]


def of_ours(node, path=""):
    """What the schema lets pass: empty texts, times without a zone; and the three rules of Oracle's Appointment."""
    if node.get("resourceType") == "Appointment" and "requestedPeriod" in node:
        yield from of_oracle(node)
    for name, value in node.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict) and name != "resource":
                yield from of_ours(each, f"{path}.{name}")
            elif isinstance(each, str):
                yield from of_text(f"{path}.{name}", name, each)


def of_text(path, name, text):
    if not text.strip() or text != text.strip():
        yield f"{path}: empty, or space around it"
    if name in {"start", "end", "created", "timestamp"} and not TIMES.match(text):
        yield f"{path}: a time without its zone"


def of_oracle(appointment):
    if len(appointment["serviceType"]) != 1 or len(appointment["requestedPeriod"]) != 1:
        yield "Appointment: one serviceType and one requestedPeriod"
    if not appointment["requestedPeriod"][0].keys() >= {"start", "end"}:
        yield "Appointment.requestedPeriod: a start and an end"
    if any(len(reason["text"]) > 255 for reason in appointment.get("reasonCode", [])):
        yield "Appointment.reasonCode: at most 255 characters"
