"""The questions to families, one form for each step."""

from appointments.forms.base import StepForm, Typed
from appointments.forms.contact import Contact, Times, likely_meant
from appointments.forms.people import Child, You
from appointments.forms.visit import About, Visit

__all__ = ["About", "Child", "Contact", "StepForm", "Times", "Typed", "Visit", "You", "likely_meant"]
