from django.conf import settings
from django.db import migrations, models

FUNCTIONS = """
CREATE OR REPLACE FUNCTION gallery_tagged_images_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO gallery_tagcount (tag_id, owner_id, count, hidden)
    SELECT changed.tag_id, image.owner_id, change * count(*),
        change * count(*) FILTER (WHERE image.visibility <> 'public')
    FROM changed JOIN gallery_image AS image ON image.id = changed.content_object_id
    WHERE image.deleted_at IS NULL
    GROUP BY changed.tag_id, image.owner_id
    UNION ALL
    SELECT changed.tag_id, NULL, change * count(*), 0
    FROM changed JOIN gallery_image AS image ON image.id = changed.content_object_id
    WHERE image.deleted_at IS NULL AND image.visibility = 'public'
    GROUP BY changed.tag_id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION gallery_count_tags_of(image gallery_image, change integer)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO gallery_tagcount (tag_id, owner_id, count, hidden)
    SELECT tag_id, image.owner_id, change, CASE WHEN image.visibility = 'public' THEN 0 ELSE change END
    FROM gallery_taggedimage WHERE content_object_id = image.id AND image.deleted_at IS NULL
    UNION ALL
    SELECT tag_id, NULL, change, 0
    FROM gallery_taggedimage
    WHERE content_object_id = image.id AND image.deleted_at IS NULL AND image.visibility = 'public'
$$;

CREATE OR REPLACE FUNCTION gallery_tagged_images_counted_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO gallery_tagcount (tag_id, owner_id, count, hidden)
    SELECT changed.tag_id, scope.owner_id, changed.change,
        CASE WHEN image.visibility = 'public' THEN 0 ELSE changed.change END
    FROM (SELECT *, -1 AS change FROM before UNION ALL SELECT *, 1 FROM after) AS changed
    JOIN gallery_image AS image ON image.id = changed.content_object_id
    CROSS JOIN unnest(
        CASE WHEN image.visibility = 'public' THEN ARRAY[image.owner_id, NULL] ELSE ARRAY[image.owner_id] END
    ) AS scope (owner_id)
    WHERE image.deleted_at IS NULL;
    RETURN NULL;
END
$$;

TRUNCATE gallery_tagcount;
INSERT INTO gallery_tagcount (tag_id, owner_id, count, hidden)
SELECT tagged.tag_id, image.owner_id, count(*), count(*) FILTER (WHERE image.visibility <> 'public')
FROM gallery_taggedimage AS tagged JOIN gallery_image AS image ON image.id = tagged.content_object_id
WHERE image.deleted_at IS NULL
GROUP BY tagged.tag_id, image.owner_id
UNION ALL
SELECT tagged.tag_id, NULL, count(*), 0
FROM gallery_taggedimage AS tagged JOIN gallery_image AS image ON image.id = tagged.content_object_id
WHERE image.deleted_at IS NULL AND image.visibility = 'public'
GROUP BY tagged.tag_id;
"""


class Migration(migrations.Migration):
    """Count what somebody alone finds, so that completing a tag counts nobody's images."""

    dependencies = [
        ("gallery", "0018_saved_searches"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("taggit", "0006_rename_taggeditem_content_type_object_id_taggit_tagg_content_8fc721_idx"),
    ]

    operations = [
        migrations.AddField("tagcount", "hidden", models.IntegerField(default=0, db_default=0)),
        migrations.RemoveIndex("tagcount", "tag_count_of_owner"),
        migrations.AddIndex(
            "tagcount",
            models.Index(fields=["owner", "tag"], include=["count", "hidden"], name="tag_count_of_owner"),
        ),
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
    ]
