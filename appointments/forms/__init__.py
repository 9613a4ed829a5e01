"""The questions to families, one form for each step."""

from appointments.forms.base import Answers, StepForm
from appointments.forms.family import Child, Contact, Times, You, likely_meant
from appointments.forms.visit import About, Visit
