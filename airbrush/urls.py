from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from gallery.api import addresses

admin.site.login = secure_admin_login(admin.site.login)
admin.site.site_header = admin.site.site_title = "Airbrush"


@login_not_required
def health(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("", include("gallery.urls")),
    path("api/", include((addresses(), "api"))),
    path("studio/", include("generation.urls")),
    path("account/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("health/", health, name="health"),
]
