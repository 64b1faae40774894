import taggit.admin
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from taggit.models import Tag

from gallery import services, synonyms
from gallery.models import (
    Collection,
    CollectionImage,
    Favorite,
    Image,
    ImageEmbedding,
    SavedSearch,
    TaggedImage,
    TagSuggestion,
    TagSynonym,
    Upload,
)


def thumbnail(image: Image) -> str:
    return format_html(
        '<a href="{}"><img src="{}" alt="{}" width="96" height="96" loading="lazy"></a>',
        image.get_absolute_url(),
        reverse("gallery:image-thumbnail", args=[image.pk]),
        image.alt,
    )


@admin.register(Image)
class ImageAdmin(admin.ModelAdmin):
    list_display = ["picture", "__str__", "owner", "visibility", "source", "created_at", "deleted_at"]
    list_filter = [
        "visibility",
        "source",
        "license",
        "style",
        "checkpoint",
        "created_at",
        ("deleted_at", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["owner"]
    search_fields = ["title", "prompt", "tag_names", "owner__username", "owner__email"]
    autocomplete_fields = ["owner"]
    date_hierarchy = "created_at"
    readonly_fields = ["picture", "file", "width", "height", "byte_size", "sha256", "dominant_color", "created_at"]
    actions = ["make_private", "move_to_trash", "restore"]

    picture = admin.display(description="picture")(lambda self, image: thumbnail(image))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Make private", permissions=["change"])
    def make_private(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        for image in images:
            services.set_visibility(image, Image.Visibility.PRIVATE)

    @admin.action(description="Move to the trash", permissions=["change"])
    def move_to_trash(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        for image in images:
            services.trash(image)

    @admin.action(description="Restore from the trash", permissions=["change"])
    def restore(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        for image in images:
            services.restore(image)


class OfAnImage(admin.ModelAdmin):
    """Rows that belong to an image and are made elsewhere."""

    list_select_related = ["image"]
    picture = admin.display(description="picture")(lambda self, row: thumbnail(row.image))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Favorite)
class FavoriteAdmin(OfAnImage):
    list_display = ["picture", "user", "image", "created_at"]
    list_select_related = ["image", "user"]
    raw_id_fields = ["user", "image"]
    search_fields = ["user__username", "image__prompt"]


@admin.register(ImageEmbedding)
class ImageEmbeddingAdmin(OfAnImage):
    list_display = ["picture", "image", "clip_model"]
    list_filter = ["clip_model"]
    fields = readonly_fields = ["picture", "image", "clip_model"]


@admin.register(TagSuggestion)
class TagSuggestionAdmin(OfAnImage):
    list_display = ["picture", "name", "score", "state", "image"]
    list_filter = ["state"]
    search_fields = ["name"]
    fields = readonly_fields = ["picture", "image", "name", "score", "state"]


@admin.register(TaggedImage)
class TaggedImageAdmin(admin.ModelAdmin):
    list_display = ["picture", "tag", "content_object"]
    list_select_related = ["content_object", "tag"]
    raw_id_fields = ["content_object", "tag"]
    search_fields = ["tag__name"]
    picture = admin.display(description="picture")(lambda self, tagged: thumbnail(tagged.content_object))


class PlaceInline(admin.TabularInline):
    model = CollectionImage
    raw_id_fields = ["image"]
    readonly_fields = ["picture"]
    fields = ["picture", "image", "position"]
    extra = 0
    picture = admin.display(description="picture")(lambda self, place: thumbnail(place.image))

    def get_queryset(self, request: HttpRequest) -> QuerySet[CollectionImage]:
        return super().get_queryset(request).select_related("image")


@admin.register(Collection)
class CollectionAdmin(admin.ModelAdmin):
    list_display = ["title", "owner", "visibility", "created_at"]
    list_filter = ["visibility", "created_at"]
    list_select_related = ["owner"]
    search_fields = ["title", "description", "owner__username", "owner__email"]
    autocomplete_fields = ["owner"]
    raw_id_fields = ["cover"]
    readonly_fields = ["created_at"]
    inlines = [PlaceInline]


admin.site.unregister(taggit.admin.Tag)


class SynonymInline(admin.TabularInline):
    model = TagSynonym
    extra = 1


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    list_display = ["name", "image_count"]
    search_fields = ["name", "synonyms__alias"]
    ordering = ["name"]
    fields = ["name"]
    inlines = [SynonymInline]
    actions = ["merge"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        return super().get_queryset(request).annotate(image_count=Count("gallery_taggedimage_items"))

    @admin.display(description="images", ordering="image_count")
    def image_count(self, tag: Tag) -> int:
        return tag.image_count

    @admin.action(description="Merge selected tags into one", permissions=["change"])
    def merge(self, request: HttpRequest, tags: QuerySet[Tag]) -> TemplateResponse | None:
        """Ask which one stays; then let it stand for all of them."""
        into = next((tag for tag in tags if str(tag.pk) == request.POST.get("into")), None)
        if into is None:
            context = {**self.admin_site.each_context(request), "tags": tags, "checkbox": ACTION_CHECKBOX_NAME}
            return TemplateResponse(request, "admin/gallery/merge_tags.html", context | {"title": "Merge tags"})
        count = synonyms.merge(tags, into)
        self.message_user(request, f"Merged {count} into “{into}”. Their names now lead to it.", messages.SUCCESS)
        return None


@admin.register(TagSynonym)
class TagSynonymAdmin(admin.ModelAdmin):
    list_display = ["alias", "tag"]
    list_select_related = ["tag"]
    search_fields = ["alias", "tag__name"]
    autocomplete_fields = ["tag"]


@admin.register(SavedSearch)
class SavedSearchAdmin(admin.ModelAdmin):
    list_display = ["name", "owner", "query", "created_at"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__username", "owner__email"]
    readonly_fields = ["owner", "query", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Upload)
class UploadAdmin(admin.ModelAdmin):
    list_display = ["name", "owner", "status", "error", "byte_size", "created_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__username", "owner__email", "sha256"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, upload: Upload | None = None) -> bool:
        return False
