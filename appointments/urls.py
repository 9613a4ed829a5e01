"""Addresses of appointment requests: asking for one, and the private page of each."""

from django.urls import path

from appointments.views import find, mine, start, steps

app_name = "appointments"
urlpatterns = [
    path("", start.start, name="start"),
    path("request/<slug:step>/", steps.step, name="step"),
    path("find/", find.find, name="find"),
    path("r/<str:token>/", mine.mine, name="mine"),
    path("r/<str:token>/unlock/", mine.unlock, name="unlock"),
    path("r/<str:token>/accept/", mine.accept, name="accept"),
    path("r/<str:token>/other/", mine.other, name="other"),
    path("r/<str:token>/withdraw/", mine.withdraw, name="withdraw"),
    path("r/<str:token>/contact/", mine.contact, name="contact"),
    path("r/<str:token>/words/", mine.words, name="words"),
    path("r/<str:token>/calendar.ics", mine.calendar, name="calendar"),
]
