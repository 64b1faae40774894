from django.urls import path

from generation import views

app_name = "generation"

urlpatterns = [
    path("", views.studio, name="studio"),
    path("variations/<uuid:pk>/", views.variations, name="variations"),
    path("subjects/", views.subjects, name="subjects"),
    path("jobs/<uuid:pk>/", views.job_detail, name="job-detail"),
    path("jobs/<uuid:pk>/cancel/", views.job_cancel, name="job-cancel"),
    path("jobs/<uuid:pk>/retry/", views.job_retry, name="job-retry"),
]
