from urllib.parse import urlsplit, urlunsplit

from django.contrib.auth import middleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect


class LoginRequiredMiddleware(middleware.LoginRequiredMiddleware):
    """Sends people to log in, and from there back to the page they were on, also when they pressed a button there."""

    def handle_no_permission(self, request: HttpRequest, view_func) -> HttpResponse:
        if request.method in {"GET", "HEAD"} and not request.htmx:
            return super().handle_no_permission(request, view_func)
        answer = redirect_to_login(_page_of(request))
        return HttpResponseClientRedirect(answer.url) if request.htmx else answer


def _page_of(request: HttpRequest) -> str:
    """The path of the page that the request was sent from; the start page if it does not say."""
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure()):
        return "/"
    return urlunsplit(urlsplit(page)._replace(scheme="", netloc=""))
