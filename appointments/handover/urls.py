"""Addresses for the hospital's systems. They have no language."""

from django.urls import path

from appointments.handover import views

app_name = "handover"
urlpatterns = [
    path("lease", views.lease, name="lease"),
    path("taken", views.taken, name="taken"),
    path("refused", views.refused, name="refused"),
]
