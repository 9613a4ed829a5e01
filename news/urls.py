from django.urls import path

from news import feeds, views

app_name = "news"
urlpatterns = [
    path("news/", views.index, name="index"),
    path("news/feed/", feeds.feed, name="feed"),
    path("news/<slug:slug>/", views.item, name="item"),
]
