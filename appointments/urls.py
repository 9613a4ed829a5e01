"""Addresses of appointment requests: asking for one, and the private page of each."""

from django.urls import path

from appointments.views import find, mine, start, steps

app_name = "appointments"
urlpatterns = [
    path("appointments/", start.start, name="start"),
    path("appointments/request/<slug:step>/", steps.step, name="step"),
    path("appointments/find/", find.find, name="find"),
    path("appointments/r/<str:token>/", mine.mine, name="mine"),
    path("appointments/r/<str:token>/unlock/", mine.unlock, name="unlock"),
    path("appointments/r/<str:token>/accept/", mine.accept, name="accept"),
    path("appointments/r/<str:token>/other/", mine.other, name="other"),
    path("appointments/r/<str:token>/withdraw/", mine.withdraw, name="withdraw"),
    path("appointments/r/<str:token>/contact/", mine.contact, name="contact"),
    path("appointments/r/<str:token>/words/", mine.words, name="words"),
    path("appointments/r/<str:token>/calendar.ics", mine.calendar, name="calendar"),
]
