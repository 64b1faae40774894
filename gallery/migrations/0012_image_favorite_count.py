from django.db import migrations, models

TRIGGERS = """
CREATE FUNCTION gallery_favorites_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE gallery_image SET favorite_count = favorite_count + changed.number
    FROM (
        SELECT image_id, count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END AS number
        FROM changed GROUP BY image_id
    ) AS changed
    WHERE gallery_image.id = changed.image_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER favorites_added AFTER INSERT ON gallery_favorite
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION gallery_favorites_changed();
CREATE TRIGGER favorites_removed AFTER DELETE ON gallery_favorite
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION gallery_favorites_changed();

UPDATE gallery_image SET favorite_count = counted.number
FROM (SELECT image_id, count(*) AS number FROM gallery_favorite GROUP BY image_id) AS counted
WHERE counted.image_id = gallery_image.id;
"""

REMOVAL = """
DROP TRIGGER favorites_removed ON gallery_favorite;
DROP TRIGGER favorites_added ON gallery_favorite;
DROP FUNCTION gallery_favorites_changed;
"""


class Migration(migrations.Migration):
    """Keep beside each image how many people have put a heart on it."""

    dependencies = [("gallery", "0011_image_color_name")]

    operations = [
        migrations.AddField(
            "image", "favorite_count", models.PositiveIntegerField(editable=False, default=0, db_default=0)
        ),
        migrations.RunSQL(TRIGGERS, REMOVAL),
    ]
