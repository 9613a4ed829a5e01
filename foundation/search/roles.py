ROLES = {"editor": ["view_miss", "delete_miss"]}
