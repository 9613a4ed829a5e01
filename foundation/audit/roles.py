ROLES = {"privacy officer": ["view_record"], "administrator": ["view_record"]}
