"""For how long a question to the database may take."""

from contextvars import ContextVar

patience = ContextVar[float | None]("patience", default=None)  # seconds; None: `settings.DATABASE_PATIENCE`
