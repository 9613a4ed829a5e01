from foundation.roles import codenames

ROLES = {
    "editor": codenames("story", "authorization"),
    "privacy officer": ["view_story", "view_authorization", "erase_story_history"],
}
