ROLES = {
    "coordinator": ["view_message", "change_message"],
    "coordinator lead": ["view_message", "change_message"],
    "privacy officer": ["view_message"],
}
