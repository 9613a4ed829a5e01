from foundation.roles import codenames

ROLES = {
    "coordinator lead": [
        *codenames("department", "location", verbs=("change", "view")),
        "name_coordinators",
        *codenames("closure", "room"),
        "view_clinician",
    ],
    "editor": codenames("department", "location", "clinician", verbs=("add", "change", "view")),
    "administrator": [*codenames("department", "location", "clinician", "closure", "room"), "name_coordinators"],
}
