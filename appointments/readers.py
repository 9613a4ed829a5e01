"""Who is told of what is done with a request: the one table. Actions post by it, docs/triage.md shows it, a test walks it.

The private page tells a family everything but what is for staff alone, and no mail says anything about a person.
"""

from typing import NamedTuple


class Readers(NamedTuple):
    """The kind of mail that each gets, if any; and the list of the first page where the act waits for somebody.

    The department's mail goes to its inbox; the clinician's if a visit of theirs is touched; the colleague's to who held the
    request, or holds it now, if that is not who acts.
    """

    family: str = ""
    department: str = ""
    clinician: str = ""
    colleague: str = ""
    waits_in: str = ""


NOBODYS = "Nobody’s yet"
YOURS = "Yours"
FAMILIES = "What families did"
VISITS = "Your visits"

READERS = {
    # acts of a family
    "received": Readers(family="received", department="inbox", waits_in=NOBODYS),
    "accepted": Readers(family="confirmed", department="family", clinician="visit", waits_in=FAMILIES),
    "other times": Readers(department="family", waits_in=FAMILIES),
    "wrote": Readers(department="family", waits_in=FAMILIES),
    "contact": Readers(family="contact", department="family", waits_in=FAMILIES),
    "withdrew": Readers(family="closed", department="family", clinician="visit_off", waits_in=FAMILIES),
    "earlier": Readers(department="family", waits_in=FAMILIES),
    "not earlier": Readers(department="family", waits_in=FAMILIES),
    "declined": Readers(department="family", waits_in=FAMILIES),
    # acts of staff
    "took": Readers(colleague="hands"),
    "assigned": Readers(colleague="hands", waits_in=YOURS),
    "gave back": Readers(colleague="hands", waits_in=NOBODYS),
    "handed over": Readers(family="changed", department="inbox", colleague="hands", waits_in=NOBODYS),
    "tried": Readers(family="tried"),
    "reached": Readers(),
    "asked": Readers(family="question"),
    "offered": Readers(family="offered"),
    "offered earlier": Readers(family="earlier"),
    "confirmed": Readers(family="confirmed", clinician="visit", waits_in=VISITS),
    "cancelled": Readers(family="cancelled", clinician="visit_off"),
    "came": Readers(),
    "missed": Readers(),
    "closed": Readers(family="closed", clinician="visit_off"),
    "merged": Readers(family="closed", clinician="visit_off"),
    "reopened": Readers(family="changed"),
    "undid": Readers(family="changed", clinician="visit"),
}
