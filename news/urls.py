from django.urls import path

from news import views

app_name = "news"
urlpatterns = [
    path("news/", views.index, name="index"),
    path("news/feed/", views.feed, name="feed"),
    path("news/<slug:slug>/", views.item, name="item"),
]
