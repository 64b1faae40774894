from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

LISTED = models.Q(visibility="public", deleted_at=None)


class Migration(migrations.Migration):
    """Lists go by number; words and facts share an index; near spellings are looked up among the tags instead."""

    dependencies = [("gallery", "0013_image_facts")]

    operations = [
        migrations.RemoveIndex("image", "image_owner_newest"),
        migrations.RemoveIndex("image", "image_listed_newest"),
        migrations.RemoveIndex("image", "image_search"),
        migrations.RemoveIndex("image", "image_trigrams"),
        migrations.AddIndex("image", models.Index(fields=["owner", "-number"], name="image_owned")),
        migrations.AddIndex("image", models.Index(fields=["-number"], name="image_listed", condition=LISTED)),
        migrations.AddIndex(
            "image",
            models.Index(fields=["-favorite_count", "-number"], name="image_listed_favorites", condition=LISTED),
        ),
        migrations.AddIndex("image", GinIndex(fields=["search", "facts"], name="image_search", fastupdate=False)),
        migrations.RunSQL(
            "CREATE INDEX gallery_tag_trigrams ON taggit_tag USING gin (name gin_trgm_ops) WITH (fastupdate = off)",
            "DROP INDEX gallery_tag_trigrams",
        ),
    ]
