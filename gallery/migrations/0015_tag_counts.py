import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

COUNTS = """
CREATE FUNCTION gallery_tagged_images_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO gallery_tagcount (tag_id, owner_id, count)
    SELECT changed.tag_id, image.owner_id, change * count(*)
    FROM changed JOIN gallery_image AS image ON image.id = changed.content_object_id
    WHERE image.deleted_at IS NULL
    GROUP BY changed.tag_id, image.owner_id
    UNION ALL
    SELECT changed.tag_id, NULL, change * count(*)
    FROM changed JOIN gallery_image AS image ON image.id = changed.content_object_id
    WHERE image.deleted_at IS NULL AND image.visibility = 'public'
    GROUP BY changed.tag_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION gallery_count_tags_of(image gallery_image, change integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO gallery_tagcount (tag_id, owner_id, count)
    SELECT tag_id, scope.owner_id, change
    FROM gallery_taggedimage, unnest(
        CASE WHEN image.visibility = 'public' THEN ARRAY[image.owner_id, NULL] ELSE ARRAY[image.owner_id] END
    ) AS scope (owner_id)
    WHERE content_object_id = image.id AND image.deleted_at IS NULL
$$;

CREATE FUNCTION gallery_image_shown_or_hidden() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM gallery_count_tags_of(OLD, -1);
    PERFORM gallery_count_tags_of(NEW, 1);
    RETURN NULL;
END
$$;

CREATE FUNCTION gallery_tagged_images_counted_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO gallery_tagcount (tag_id, owner_id, count)
    SELECT changed.tag_id, scope.owner_id, changed.change
    FROM (SELECT *, -1 AS change FROM before UNION ALL SELECT *, 1 FROM after) AS changed
    JOIN gallery_image AS image ON image.id = changed.content_object_id
    CROSS JOIN unnest(
        CASE WHEN image.visibility = 'public' THEN ARRAY[image.owner_id, NULL] ELSE ARRAY[image.owner_id] END
    ) AS scope (owner_id)
    WHERE image.deleted_at IS NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER tagged_images_added_counted AFTER INSERT ON gallery_taggedimage
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION gallery_tagged_images_counted();
CREATE TRIGGER tagged_images_removed_counted AFTER DELETE ON gallery_taggedimage
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION gallery_tagged_images_counted();
CREATE TRIGGER tagged_images_changed_counted AFTER UPDATE ON gallery_taggedimage
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION gallery_tagged_images_counted_anew();
CREATE TRIGGER image_shown_or_hidden AFTER UPDATE OF visibility, deleted_at, owner_id ON gallery_image
    FOR EACH ROW WHEN (
        OLD.visibility <> NEW.visibility OR OLD.owner_id <> NEW.owner_id
        OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL)
    )
    EXECUTE FUNCTION gallery_image_shown_or_hidden();

INSERT INTO gallery_tagcount (tag_id, owner_id, count)
SELECT tagged.tag_id, image.owner_id, count(*)
FROM gallery_taggedimage AS tagged JOIN gallery_image AS image ON image.id = tagged.content_object_id
WHERE image.deleted_at IS NULL
GROUP BY tagged.tag_id, image.owner_id
UNION ALL
SELECT tagged.tag_id, NULL, count(*)
FROM gallery_taggedimage AS tagged JOIN gallery_image AS image ON image.id = tagged.content_object_id
WHERE image.deleted_at IS NULL AND image.visibility = 'public'
GROUP BY tagged.tag_id;
"""

REMOVAL = """
DROP TRIGGER image_shown_or_hidden ON gallery_image;
DROP TRIGGER tagged_images_changed_counted ON gallery_taggedimage;
DROP TRIGGER tagged_images_removed_counted ON gallery_taggedimage;
DROP TRIGGER tagged_images_added_counted ON gallery_taggedimage;
DROP FUNCTION gallery_tagged_images_counted_anew, gallery_image_shown_or_hidden, gallery_count_tags_of;
DROP FUNCTION gallery_tagged_images_counted;
"""


class Migration(migrations.Migration):
    """Count tags as images are tagged, shown and hidden, so that nobody has to count a million of them."""

    dependencies = [("gallery", "0014_search_indexes"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="TagCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("count", models.IntegerField()),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="counts", to="taggit.tag"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["owner", "tag"], include=["count"], name="tag_count_of_owner")],
            },
        ),
        migrations.RunSQL(COUNTS, REMOVAL),
    ]
