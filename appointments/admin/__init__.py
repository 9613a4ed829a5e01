"""The staff side of appointment requests in Django admin: the queue, the case, its verbs, the messages."""

from appointments.admin import clinic_hours, outbox, queue, receiving_systems
