"""A request as a FHIR R4 Bundle (hl7.org/fhir/R4). It books nothing: it tells a system what a family asked for.

What never leaves: links, codes, notes of staff, closing words, contact attempts, former addresses, video links. Why each
element is as it is: docs/ehr.md.
"""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation

from appointments.choices import ELSEWHERE, HalfDay, How, Interpreter, Message
from appointments.models import HandOver, OfferedTime, Request
from directory.models import Department, Location
from directory.states import STATES
from foundation.pages.languages import is_known, language_name

LANGUAGE = "en"  # of the words that we add; what a family typed stays as it is
LONGEST_REASON = 255  # characters, of what Oracle's Appointment takes
AHEAD = timedelta(days=60)  # how long the period is in which they ask for a visit
CODES = "http://terminology.hl7.org/CodeSystem/"
RELATIONS = {Request.Asker.PARENT: ("PRN", "parent"), Request.Asker.GUARDIAN: ("GUARD", "guardian")}
Resource = dict[str, Any]
Time = OfferedTime.Status
ENDS = {  # of a request that a visit ended: the status in FHIR's words, and which time it was
    Request.Reason.CAME: ("fulfilled", Time.CAME),
    Request.Reason.MISSED: ("noshow", Time.MISSED),
    Request.Reason.UNKNOWN: ("booked", Time.OVER),
}


def document(row: HandOver) -> Resource:
    """What the system is given: everything, or without anything personal what it can do without us from now on."""
    request, version = row.request, f"{row.request.reference}.{row.version}"
    if request.erased_at:
        why = "The portal erased what the family told it."
    elif not row.system.serves(request):
        why = "Another department answers this request now."
    else:
        return bundle(request, version=version, at=row.created_at)
    return bundle(request, version=version, at=row.created_at, farewell=why)


def bundle(request: Request, *, version: str, at: datetime, farewell: str = "") -> Resource:
    """`farewell` says why nothing personal is in it, and the visit is off for who reads it. Raises Unreadable."""
    with translation.override(LANGUAGE):
        resources = _farewell(request, farewell) if farewell else _resources(request)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": _identifier("request-version", version),
        "timestamp": _instant(at, request.department.time_zone),
        "entry": [{"fullUrl": _url(request, resource), "resource": resource} for resource in resources],
    }


def _resources(request: Request) -> list[Resource]:
    status, visit = _state(request)
    is_own = request.asker == Request.Asker.PATIENT
    people = [] if is_own else [_related_person(request)]
    places = [_department(request.department)]
    if visit:
        places += [_clinician(visit), *([_place(visit.location)] if visit.location else [])]
    patient = _patient(request) | (_telecom(request) if is_own else {})
    appointment = _appointment(request, status) | _asked(request)
    if status in {"cancelled", "noshow"}:
        appointment |= _reason(request.get_closing_reason_display())
    if visit:
        appointment |= _hour(visit)
    appointment["participant"] = [_participant(request, each, bool(visit)) for each in [patient, *places]]
    return [appointment, patient, *people, *places]


def _farewell(request: Request, why: str) -> list[Resource]:
    """A visit that took place is not cancelled by our forgetting who came."""
    status, visit = _state(request)
    place = _department(request.department)
    ended = visit if request.erased_at else None
    appointment = _appointment(request, status if ended else "cancelled")
    if ended:
        appointment |= _hour(ended)
    else:
        appointment |= _reason(why)
    return [appointment | {"participant": [_participant(request, place, bool(ended))]}, place]


def _state(request: Request) -> tuple[str, OfferedTime | None]:
    """The status in FHIR's words, with the visit if there is one that stands or was not cancelled."""
    times = sorted(request.times.all(), key=lambda time: time.starts_at, reverse=True)
    if request.status != Request.Status.CLOSED:
        visit = next((time for time in times if time.status == Time.CONFIRMED), None)
        return ("booked", visit) if visit else ("proposed", None)
    status, ended = ENDS.get(Request.Reason(request.closing_reason), ("", ""))
    visit = next((time for time in times if time.status == ended), None)
    return (status, visit) if visit else ("cancelled", None)


def _appointment(request: Request, status: str) -> Resource:
    kind = "FOLLOWUP" if request.visit == Request.Visit.FOLLOW_UP else "ROUTINE"
    return {
        "resourceType": "Appointment",
        "identifier": [_identifier("request-reference", request.reference)],
        "status": status,
        "serviceType": [{"text": _service(request)}],
        "appointmentType": _coded(f"{CODES}v2-0276", kind),
        "created": _instant(request.received_at, request.department.time_zone),
    }


def _asked(request: Request) -> Resource:
    """What the family asked for. Which page they read is no diagnosis, so it is text and never a code."""
    found: Resource = {"requestedPeriod": [_period(request)]}
    if code := request.department.taxonomy_code:
        found["specialty"] = [_coded("http://nucc.org/provider-taxonomy", code) | {"text": request.department.name}]
    if request.condition:
        before, after = "Family reads: ", " (not a diagnosis)"
        room = LONGEST_REASON - len(before) - len(after)
        found["reasonCode"] = [{"text": f"{before}{request.condition.name[:room]}{after}"}]
    if comment := " ".join(_comments(request)):
        found["comment"] = comment
    return found


def _service(request: Request) -> str:
    visits = {Request.Visit.NEW: "First visit", Request.Visit.FOLLOW_UP: "Follow-up"}
    modes = {Request.Mode.IN_PERSON: "in person", Request.Mode.VIRTUAL: "by video"}
    visit = visits.get(Request.Visit(request.visit), "Second opinion")
    return f"{visit} {modes.get(Request.Mode(request.mode), 'in person or by video')}"


def _period(request: Request) -> Resource:
    zone = ZoneInfo(request.department.time_zone)
    earliest = request.read("wishes").get("earliest")
    first = date.fromisoformat(earliest) if earliest else request.received_at.astimezone(zone).date()
    begins, ends = datetime.combine(first, time(), zone), datetime.combine(first + AHEAD, time(23, 59, 59), zone)
    return {"start": begins.isoformat(), "end": ends.isoformat()}


def _comments(request: Request) -> list[str]:
    """What no element of R4 has a place for, in sentences. How to reach the family stands first: it may be a matter of safety."""
    contact, wishes = request.read("contact"), request.read("wishes")
    how: dict[Any, str] = {How.CALL: "Reach them first by phone.", How.EMAIL: "Reach them first by email."}
    message: dict[Any, str] = {
        Message.YES: "A message may be left, with name and number only.",
        Message.NO: "Leave no message.",
    }
    days = ", ".join(str(dict(HalfDay.choices).get(day, day)) for day in wishes.get("days", []))
    state = "outside the United States" if request.state == ELSEWHERE else STATES.get(request.state, request.state)
    labelled = [
        ("Interpreter", _interpreter(request)),
        ("Help they need", request.help_needed),
        ("During a video visit the child is in", str(state)),
        ("Place they would like", request.location.name if request.location else ""),
        ("Good days", days),
        ("Days that do not work", wishes.get("avoid", "")),
        ("Times they like best", "; ".join(wishes.get("preferred", []))),
        ("Doctor who sends them", request.referring_doctor),
        ("The family writes", request.note),
    ]
    first = [how.get(contact.get("how"), ""), message.get(contact.get("message"), "")]
    return [*filter(None, first), *(f"{label}: {_sentence(words)}" for label, words in labelled if words)]


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _interpreter(request: Request) -> str:
    if request.interpreter == Interpreter.SPOKEN:
        return request.language
    if request.interpreter == Interpreter.ASL:
        return "American Sign Language"
    return language_name(request.interpreter) if is_known(request.interpreter) else ""


def _patient(request: Request) -> Resource:
    """One name as it was given: who splits it guesses. So this is no US Core Patient, and claims to be none."""
    names = [{"use": "usual", "text": request.child_name}]
    if request.child_liked_name:
        names = [{"use": "official", "text": request.child_name}, {"use": "usual", "text": request.child_liked_name}]
    return {
        "resourceType": "Patient",
        "name": names,
        "birthDate": request.child_born,
        "communication": [{"language": _language(request), "preferred": True}],
    }


def _language(request: Request) -> Resource:
    """Of the talk: as they asked for an interpreter, else the first language of the site. Typed names of languages have no code."""
    if request.interpreter == Interpreter.SPOKEN:
        return {"text": request.language}
    code = request.interpreter if is_known(request.interpreter) else settings.LANGUAGE_CODE
    if request.interpreter == Interpreter.ASL:
        code = "ase"
    return _coded("urn:ietf:bcp:47", code) | {"text": _interpreter(request) or language_name(code)}


def _related_person(request: Request) -> Resource:
    relation = RELATIONS.get(Request.Asker(request.asker))
    text = {"text": "adult whom the parent or guardian allowed to ask"}
    found = _coded(f"{CODES}v3-RoleCode", relation[0], relation[1]) if relation else text
    return {
        "resourceType": "RelatedPerson",
        "patient": {"reference": _url(request, {"resourceType": "Patient"})},
        "relationship": [found],
        "name": [{"text": request.asker_name}],
        **_telecom(request),
    }


def _telecom(request: Request) -> Resource:
    ways = [("phone", request.phone), ("email", request.email)]
    if request.read("contact").get("how") == How.EMAIL:
        ways.reverse()
    given = [(system, value) for system, value in ways if value]
    found = [{"system": system, "value": value, "rank": rank} for rank, (system, value) in enumerate(given, start=1)]
    return {"telecom": found} if found else {}


def _department(department: Department) -> Resource:
    return {
        "resourceType": "Location",
        "identifier": [_identifier("department", department.slug)],
        "status": "active",
        "mode": "kind",
        "name": department.name,
        "telecom": [{"system": "phone", "value": department.phone}],
    }


def _place(location: Location) -> Resource:
    address = {"line": [location.street], "city": location.city, "state": location.state, "country": "US"}
    return {
        "resourceType": "Location",
        "identifier": [_identifier("location", location.slug)],
        "status": "active",
        "mode": "instance",
        "name": location.name,
        "address": address | {"postalCode": location.postal_code},
    }


def _clinician(visit: OfferedTime) -> Resource:
    clinician = visit.clinician
    return {
        "resourceType": "Practitioner",
        "identifier": [_identifier("clinician", clinician.slug)],
        "name": [{"text": str(clinician)}],
    }


def _participant(request: Request, resource: Resource, is_settled: bool) -> Resource:
    status = "accepted" if is_settled else "needs-action"
    return {"actor": {"reference": _url(request, resource)}, "required": "required", "status": status}


def _url(request: Request, resource: Resource) -> str:
    """The same for the same thing of the same request, in every version."""
    which = resource["identifier"][0]["value"] if resource["resourceType"] in {"Location", "Practitioner"} else ""
    return uuid5(NAMESPACE_URL, f"{_system('request-reference')}/{request.reference}/{resource['resourceType']}/{which}").urn


def _reason(why: Any) -> Resource:
    return {"cancelationReason": {"text": str(why)}}


def _coded(system: str, code: str, display: str = "") -> Resource:
    return {"coding": [{"system": system, "code": code} | ({"display": display} if display else {})]}


def _identifier(kind: str, value: str) -> Resource:
    return {"system": _system(kind), "value": value}


def _system(kind: str) -> str:
    return f"{settings.LINK_BASE}/fhir/{kind}"


def _hour(visit: OfferedTime) -> Resource:
    return {"start": _instant(visit.starts_at, visit.zone), "end": _instant(visit.ends_at, visit.zone)}


def _instant(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
