import portal.checks  # noqa: F401
