"""Addresses of appointment requests: asking for one, and the private page of each."""

from django.urls import path

from appointments.views import find, private_page, start, steps

app_name = "appointments"
urlpatterns = [
    path("", start.start, name="start"),
    path("request/<slug:step>/", steps.step, name="step"),
    path("find/", find.find, name="find"),
    path("r/<str:token>/", private_page.mine, name="mine"),
    path("r/<str:token>/unlock/", private_page.unlock, name="unlock"),
    path("r/<str:token>/accept/", private_page.accept, name="accept"),
    path("r/<str:token>/other/", private_page.other, name="other"),
    path("r/<str:token>/withdraw/", private_page.withdraw, name="withdraw"),
    path("r/<str:token>/contact/", private_page.contact, name="contact"),
    path("r/<str:token>/words/", private_page.words, name="words"),
    path("r/<str:token>/calendar.ics", private_page.calendar, name="calendar"),
]
