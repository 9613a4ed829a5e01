"""How an app says what each role may do with its tables: a dict `ROLES` of codenames in its `roles.py`.

`portal.staff.roles` names the roles and makes them.
"""

VERBS = ("add", "change", "delete", "view")


def codenames(*models: str, verbs: tuple[str, ...] = VERBS) -> list[str]:
    return [f"{verb}_{model}" for model in models for verb in verbs]
