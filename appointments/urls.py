from django.urls import path

from appointments.views import calendar_feed, find, private_actions, private_page, wizard

app_name = "appointments"
urlpatterns = [
    path("", wizard.start, name="start"),
    path("request/<slug:step>/", wizard.step, name="step"),
    path("find/", find.find, name="find"),
    path("r/<str:token>/", private_page.show, name="private_page"),
    path("r/<str:token>/unlock/", private_page.unlock, name="unlock"),
    path("r/<str:token>/accept/", private_page.accept, name="accept"),
    *(path(f"r/<str:token>/{name}/", private_actions.view_of(name), name=name) for name in private_actions.ACTIONS),
    path("r/<str:token>/calendar.ics", private_page.calendar, name="calendar"),
    path("visits/<str:token>.ics", calendar_feed.calendar_feed, name="calendar_feed"),
]
