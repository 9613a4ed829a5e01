"""Who looks after guides and notices. Notices are never deleted: what was in force on a day can be shown for ever."""

from foundation.roles import codenames

NOTICES = codenames("notice", verbs=("add", "change", "view"))
ROLES = {"editor": [*codenames("guide"), *NOTICES], "privacy officer": NOTICES}
