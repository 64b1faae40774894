from django.urls import path

from generation import remix_views, views

app_name = "generation"

urlpatterns = [
    path("", views.studio, name="studio"),
    path("variations/<uuid:pk>/", remix_views.variations, name="variations"),
    path("remix/<uuid:pk>/", remix_views.remix, name="remix"),
    path("remix/<uuid:pk>/<slug:operation>/", remix_views.remix, name="remix-operation"),
    path("subjects/", views.subjects, name="subjects"),
    path("jobs/<uuid:pk>/", views.job_detail, name="job-detail"),
    path("jobs/<uuid:pk>/drafts/<int:index>.png", remix_views.draft, name="draft"),
    path("jobs/<uuid:pk>/finish/", remix_views.finish, name="finish"),
    path("jobs/<uuid:pk>/cancel/", views.job_cancel, name="job-cancel"),
    path("jobs/<uuid:pk>/retry/", views.job_retry, name="job-retry"),
]
