from foundation.roles import codenames

ROLES = {
    "editor": codenames("librarypicture", verbs=("add", "change", "view")),
    "clinical reviewer": ["view_librarypicture"],
    "privacy officer": ["view_librarypicture", "erase_librarypicture"],
}
