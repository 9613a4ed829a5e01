"""The questions to families, one form for each step."""

from appointments.forms.base import Answers, StepForm
from appointments.forms.contact import Contact, likely_meant
from appointments.forms.people import Child, You
from appointments.forms.times import Times
from appointments.forms.visit import About, Visit
