"""Django's SQLite, for a site on which others write meanwhile."""
