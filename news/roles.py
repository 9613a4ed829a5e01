"""Who looks after the news."""

from foundation.roles import codenames

ROLES = {"editor": codenames("newsitem")}
