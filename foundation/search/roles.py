"""Who reads what was searched for in vain."""

ROLES = {"editor": ["view_miss", "delete_miss"]}
