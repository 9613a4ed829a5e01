"""The questions to families, one form for each step."""

from appointments.forms.base import StepForm, Typed
from appointments.forms.child import Child
from appointments.forms.contact import Contact, likely_meant
from appointments.forms.times import Times
from appointments.forms.visit import About, Visit
from appointments.forms.you import You

__all__ = ["About", "Child", "Contact", "StepForm", "Times", "Typed", "Visit", "You", "likely_meant"]
