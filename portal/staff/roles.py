"""Who may do what: the groups that `migrate` makes where they are missing. A hospital changes them in the admin.

A group that is there keeps what the hospital made of it; only permissions that are new in this very `migrate` are added to
it, so that an upgrade's new steps have somebody who may take them. Which requests somebody sees depends on `Department.coordinators` as well.
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
        *_all("conditions", "comment", verbs=("add", "change", "view")),
        *_all("conditions", "plainword"),
        *_all("links", "outsideaddress", verbs=("change", "view")),
        "links.view_link",
        *_all("stories", "story", "authorization"),
        *_all("news", "newsitem"),
        *_all("pictures", "librarypicture", verbs=("add", "change", "view")),
        *_all("directory", "department", "location", "clinician", verbs=("add", "change", "view")),
        *_all("search", "miss", verbs=("delete", "view")),
    ],
    # reads and signs off medical text
    "clinical reviewer": [
        "conditions.view_condition",
        "conditions.view_edition",
        "conditions.sign_off_edition",
        "conditions.view_glossaryterm",
        "conditions.view_plainword",
        *_all("conditions", "comment", verbs=("add", "change", "view")),
        "pictures.view_librarypicture",
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


_before: dict[str, set[str]] = {}  # by database: the permissions there were when `migrate` began


def remember(apps: Any, using: str = "default", **kwargs: Any) -> None:
    _before[using] = set(_permissions(apps, using))


def make_roles(apps: Any, using: str = "default", **kwargs: Any) -> None:
    """After each `migrate`: makes the groups that are missing, as soon as all their permissions exist; see above."""
    known = _permissions(apps, using)
    if not known:
        return
    groups = apps.get_model("auth", "Group").objects.using(using)
    new = known.keys() - _before.pop(using, known.keys())
    for name, labels in ROLES.items():
        group = groups.filter(name=name).first()
        if group:
            group.permissions.add(*(known[label] for label in new.intersection(labels)))
        elif known.keys() >= set(labels):
            groups.create(name=name).permissions.set(known[label] for label in labels)


def _permissions(apps: Any, using: str) -> dict[str, Any]:
    """By label; none while there is no table of them."""
    try:
        rows = apps.get_model("auth", "Permission").objects.using(using).select_related("content_type")
    except LookupError:
        return {}
    return {f"{row.content_type.app_label}.{row.codename}": row for row in rows}
