from foundation.roles import codenames

COMMENTS = codenames("comment", verbs=("add", "change", "view"))

ROLES = {
    "editor": [
        *codenames("condition", "edition", "glossaryterm", "plainword", "medicinewarning"),
        "approve_edition",
        "view_pagefeedback",
        *COMMENTS,
    ],
    "clinical reviewer": [
        *codenames("condition", "edition", "glossaryterm", "plainword", "medicinewarning", verbs=("view",)),
        "sign_off_edition",
        *COMMENTS,
    ],
}
