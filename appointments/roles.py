"""Who may do what: the groups that `migrate` makes where they are missing. A hospital changes them in the admin.

A group that is there is never touched. Which requests somebody sees depends on `Department.coordinators` as well.
"""

from typing import Any

WORKS = ["appointments.view_request", "appointments.work_requests", "outbox.view_message", "outbox.change_message"]


def _all(app: str, *models: str, verbs: tuple[str, ...] = ("add", "change", "delete", "view")) -> list[str]:
    return [f"{app}.{verb}_{model}" for model in models for verb in verbs]


ROLES: dict[str, list[str]] = {
    # works on the requests of the departments that name them as a coordinator
    "coordinator": [*WORKS],
    # the same for every department; names the coordinators, keeps rooms and closed days, hands over files
    "coordinator lead": [
        *WORKS,
        "appointments.see_all_requests",
        "appointments.export_request",
        *_all("directory", "department", "location", verbs=("change", "view")),
        *_all("directory", "closure", "room"),
        "directory.view_clinician",
    ],
    # writes and publishes pages, stories and news; signs nothing off and sees no request
    "editor": [
        *_all("conditions", "condition", "edition", "glossaryterm"),
        "conditions.approve_edition",
        "conditions.view_pagefeedback",
        *_all("stories", "story", "authorization"),
        *_all("news", "newsitem"),
        *_all("directory", "department", "location", "clinician", verbs=("add", "change", "view")),
        "search.view_miss",
    ],
    # reads and signs off medical text
    "clinical reviewer": [
        "conditions.view_condition",
        "conditions.view_edition",
        "conditions.sign_off_edition",
        "conditions.view_glossaryterm",
    ],
    # erases, hands out copies, reads the record of who did what; works on nothing
    "privacy officer": [
        "appointments.view_request",
        "appointments.see_all_requests",
        "appointments.erase_request",
        "outbox.view_message",
        "audit.view_record",
    ],
    # accounts, groups and places; sees no request
    "administrator": [
        *_all("auth", "user", "group"),
        *_all("mfa", "authenticator", verbs=("view", "delete")),
        *_all("directory", "department", "location", "clinician", "closure", "room"),
        "audit.view_record",
    ],
}


def make_roles(apps: Any, using: str = "default", **kwargs: Any) -> None:
    """After each `migrate`: makes the groups that are missing, as soon as all their permissions exist."""
    try:
        groups = apps.get_model("auth", "Group").objects.using(using)
        permissions = apps.get_model("auth", "Permission").objects.using(using)
    except LookupError:
        return
    missing = set(ROLES) - set(groups.values_list("name", flat=True))
    known = {f"{row.content_type.app_label}.{row.codename}": row for row in permissions.select_related("content_type")}
    for name in missing:
        if known.keys() >= set(ROLES[name]):
            groups.create(name=name).permissions.set(known[label] for label in ROLES[name])
