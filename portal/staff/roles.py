"""Who may do what: the groups that `migrate` makes where they are missing. A hospital changes them in the admin.

A group that is there keeps what the hospital made of it; only permissions that are new in this very `migrate` are added to
it, so that an upgrade's new steps have somebody who may take them. What a role may do, each app says in its `roles.py`.
"""

from importlib import import_module
from typing import Any

from django.apps import apps as installed
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy as _

from foundation.roles import codenames

NAMES = {  # and what each does, in words for whoever gives it to a colleague
    "coordinator": _("Works on the requests of the departments that name them as a coordinator."),
    "coordinator lead": _(
        "The same for every department; names the coordinators, keeps rooms and closed days, hands over files."
    ),
    "editor": _("Writes and publishes pages, stories, news, guides and notices. Signs nothing off and sees no request."),
    "clinical reviewer": _("Reads and signs off medical text. Needs an entry among the clinicians."),
    "privacy officer": _(
        "Erases, hands out copies, reads the record of who did what, keeps the notices, is told of every change of rights. Works on no request."
    ),
    "administrator": _("Keeps accounts, roles and places. Sees no request."),
}
# Of apps that say nothing of our roles themselves, by label.
OTHERS = {
    "auth": {"administrator": codenames("user", "group")},
    "staff": {"administrator": codenames("invitation", verbs=("view", "change"))},
}

_before: dict[str, set[str]] = {}  # by database: the permissions there were when `migrate` began


def roles() -> dict[str, list[str]]:
    """The permissions of each role, as `app.codename`. Raises KeyError for an app that names another role."""
    ours = [
        app for app in installed.get_app_configs() if app.name != "portal.staff" and module_has_submodule(app.module, "roles")
    ]
    by_app = OTHERS | {app.label: import_module(f"{app.name}.roles").ROLES for app in ours}
    found: dict[str, list[str]] = {name: [] for name in NAMES}
    for label, by_role in by_app.items():
        for name, own in by_role.items():
            found[name] += [f"{label}.{codename}" for codename in own]
    return found


def remember(apps: Any, using: str = "default", **kwargs: Any) -> None:
    _before[using] = set(_permissions(apps, using))


def make_roles(apps: Any, using: str = "default", **kwargs: Any) -> None:
    """After each `migrate`: makes the groups that are missing, as soon as all their permissions exist; see above."""
    existing = _permissions(apps, using)
    if not existing:
        return
    groups = apps.get_model("auth", "Group").objects.using(using)
    new = existing.keys() - _before.pop(using, existing.keys())
    for name, labels in roles().items():
        if group := groups.filter(name=name).first():
            group.permissions.add(*(existing[label] for label in new.intersection(labels)))
        elif existing.keys() >= set(labels):
            groups.create(name=name).permissions.set(existing[label] for label in labels)


def _permissions(apps: Any, using: str) -> dict[str, Any]:
    try:
        rows = apps.get_model("auth", "Permission").objects.using(using).select_related("content_type")
    except LookupError:
        return {}
    return {f"{row.content_type.app_label}.{row.codename}": row for row in rows}
