from django.urls import path

from directory import views

app_name = "directory"
urlpatterns = [
    path("departments/", views.departments, name="departments"),
    path("departments/<slug:slug>/", views.department, name="department"),
    path("clinicians/", views.clinicians, name="clinicians"),
    path("clinicians/<slug:slug>/", views.clinician, name="clinician"),
]
