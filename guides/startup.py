import guides.checks  # noqa: F401
