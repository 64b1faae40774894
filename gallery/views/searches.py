"""Keeping a search under a name, and forgetting it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from gallery import saved
from gallery.models import SavedSearch
from gallery.views.redirects import back


@require_POST
def search_save(request: HttpRequest) -> HttpResponse:
    """Save the search that the form names and go back to it; a bad name is asked for again."""
    try:
        search = saved.save(request.user, request.POST.get("name", ""), request.POST.get("query", ""))
    except ValidationError as problem:
        return render(request, "gallery/search_save.html", {"error": problem.message}, status=422)
    messages.success(request, f"Search saved as “{search}”.")
    return back(request, "gallery:library")


@require_POST
def search_forget(request: HttpRequest, search_id: int) -> HttpResponse:
    search = get_object_or_404(SavedSearch, owner=request.user, pk=search_id)
    saved.forget(search)
    messages.success(request, f"Saved search “{search}” removed.")
    return back(request, "gallery:library")
