from django.urls import path, register_converter

from gallery import renditions
from gallery.views import arranging, collections, files, images, library, lists, pictures, searches, trash, uploads


class FileEnding:
    regex = "|".join(renditions.FORMATS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class RenditionEnding(FileEnding):
    regex = "|".join(renditions.RENDITION_FORMATS)


register_converter(FileEnding, "ending")
register_converter(RenditionEnding, "rendition")

app_name = "gallery"
urlpatterns = [
    path("", lists.landing, name="landing"),
    path("explore/", lists.explore, name="explore"),
    path("library/", library.library, name="library"),
    path("favorites/", lists.favorites, name="favorites"),
    path("trash/", lists.trash, name="trash"),
    path("trash/restore/", trash.trash_restore, name="trash-restore"),
    path("trash/empty/", trash.trash_empty, name="trash-empty"),
    path("uploads/", uploads.uploads, name="uploads"),
    path("tags/", lists.tags, name="tags"),
    path("tags/complete/", lists.tag_complete, name="tag-complete"),
    path("library/restore/<int:moment>/", library.selection_restore, name="selection-restore"),
    path("searches/save/", searches.search_save, name="search-save"),
    path("searches/<int:search_id>/forget/", searches.search_forget, name="search-forget"),
    path("searches/picture/", pictures.search_by_picture, name="search-by-picture"),
    path("searches/picture/<slug:token>.webp", pictures.searched_picture, name="searched-picture"),
    path("collections/", collections.collection_list, name="collections"),
    path("collections/public/", collections.collection_explore, name="collections-public"),
    path("collections/new/", collections.collection_create, name="collection-create"),
    path("collections/<uuid:collection_id>/", collections.collection_detail, name="collection-detail"),
    path("collections/<uuid:collection_id>/download/", collections.collection_download, name="collection-download"),
    path("collections/<uuid:collection_id>/similar/", collections.collection_similar, name="collection-similar"),
    path("collections/<uuid:collection_id>/edit/", collections.collection_edit, name="collection-edit"),
    path("collections/<uuid:collection_id>/delete/", collections.collection_delete, name="collection-delete"),
    path("collections/<uuid:collection_id>/arrange/", arranging.collection_arrange, name="collection-arrange"),
    path("collections/<uuid:collection_id>/move/", arranging.collection_move, name="collection-move"),
    path("collections/<uuid:collection_id>/cover/", arranging.collection_cover, name="collection-cover"),
    path("collections/<uuid:collection_id>/remove/", arranging.collection_remove, name="collection-remove"),
    path("images/<uuid:image_id>/", images.image_detail, name="image-detail"),
    path("images/<uuid:image_id>/file.<ending:ending>", files.image_file, name="image-file"),
    path("images/<uuid:image_id>/thumbnail.webp", files.image_thumbnail, name="image-thumbnail"),
    path(
        "images/<uuid:image_id>/<slug:version>/<int:step>.<rendition:ending>",
        files.image_rendition,
        name="image-rendition",
    ),
    path("images/<uuid:image_id>/tags/", images.image_tag_add, name="image-tag-add"),
    path("images/<uuid:image_id>/tags/remove/", images.image_tag_remove, name="image-tag-remove"),
    path("images/<uuid:image_id>/suggestion/", images.image_suggestion, name="image-suggestion"),
    path("images/<uuid:image_id>/favorite/", images.image_favorite, name="image-favorite"),
    path("images/<uuid:image_id>/visibility/", images.image_visibility, name="image-visibility"),
    path("images/<uuid:image_id>/collect/", images.image_collect, name="image-collect"),
    path("images/<uuid:image_id>/uncollect/", images.image_uncollect, name="image-uncollect"),
    path("images/<uuid:image_id>/delete/", images.image_delete, name="image-delete"),
    path("images/<uuid:image_id>/restore/", images.image_restore, name="image-restore"),
]
