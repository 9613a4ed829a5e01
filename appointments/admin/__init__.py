"""The staff side of appointment requests in Django admin: the queue, the case, its verbs, the messages."""

from appointments.admin import outbox, queue, receiving_systems

__all__ = ["outbox", "queue", "receiving_systems"]
