from foundation.roles import codenames

ROLES = {"editor": codenames("newsitem"), "privacy officer": ["view_newsitem", "erase_newsitem_history"]}
