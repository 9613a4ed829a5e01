from django.urls import path

from appointments.views import calendar_feed, find, private_actions, private_page, start, wizard

app_name = "appointments"
urlpatterns = [
    path("", start.start, name="start"),
    path("request/<slug:step>/", wizard.step, name="step"),
    path("find/", find.find, name="find"),
    path("r/<str:token>/", private_page.show, name="private_page"),
    path("r/<str:token>/unlock/", private_page.unlock, name="unlock"),
    path("r/<str:token>/accept/", private_page.accept, name="accept"),
    path("r/<str:token>/other/", private_actions.other, name="other"),
    path("r/<str:token>/withdraw/", private_actions.withdraw, name="withdraw"),
    path("r/<str:token>/contact/", private_actions.contact, name="contact"),
    path("r/<str:token>/earlier/", private_actions.earlier, name="earlier"),
    path("r/<str:token>/keep/", private_actions.keep, name="keep"),
    path("r/<str:token>/words/", private_actions.words, name="words"),
    path("r/<str:token>/calendar.ics", private_page.calendar, name="calendar"),
    path("visits/<str:token>.ics", calendar_feed.calendar_feed, name="calendar_feed"),
]
