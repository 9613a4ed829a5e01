from django.urls import path

from stories import views

app_name = "stories"
urlpatterns = [path("stories/", views.index, name="index"), path("stories/<slug:slug>/", views.story, name="story")]
