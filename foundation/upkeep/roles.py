from foundation.roles import codenames

ROLES = {"editor": codenames("tag"), "clinical reviewer": ["view_tag"]}
