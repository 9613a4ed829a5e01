from appointments.admin import clinic_hours, outbox, queue, receiving_systems
