from django.contrib import admin

from generation.models import Draft, Generation, Output, QueueClock, UserClock


class OutputInline(admin.TabularInline):
    model = Output
    extra = 0
    raw_id_fields = ["image"]


@admin.register(Generation)
class GenerationAdmin(admin.ModelAdmin):
    list_display = ["prompt", "owner", "status", "count", "attempts", "created_at", "finished_at"]
    list_filter = ["status", "operation", "style", "checkpoint"]
    list_select_related = ["owner"]
    search_fields = ["prompt", "owner__username", "owner__email", "id"]
    date_hierarchy = "created_at"
    raw_id_fields = ["owner", "parent"]
    readonly_fields = ["id", "token", "lease_until", "published_at", "created_at", "started_at", "finished_at"]
    inlines = [OutputInline]


@admin.register(Output)
class OutputAdmin(admin.ModelAdmin):
    list_display = ["generation", "index", "image"]
    list_select_related = ["generation", "image"]
    raw_id_fields = ["generation", "image"]


@admin.register(Draft)
class DraftAdmin(admin.ModelAdmin):
    list_display = ["generation", "index"]
    list_select_related = ["generation"]
    raw_id_fields = ["generation"]
    exclude = ["embedding"]


@admin.register(QueueClock)
class QueueClockAdmin(admin.ModelAdmin):
    list_display = ["name", "vtime"]


@admin.register(UserClock)
class UserClockAdmin(admin.ModelAdmin):
    list_display = ["user", "vtime", "weight"]
    list_select_related = ["user"]
    raw_id_fields = ["user"]
