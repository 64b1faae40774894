import django.contrib.postgres.search
from django.db import migrations, models
from django.db.models import Func

#: A key begins with "=", as no word that the text search parser finds does. Days, months and years are those of UTC.
FUNCTION = """
CREATE FUNCTION gallery_facts(
    number bigint, owner bigint, visibility text, deleted_at timestamptz, created_at timestamptz,
    width integer, height integer, style text, color text, license text, checkpoint text, tag_names text
) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(array_remove(ARRAY[
        CASE WHEN visibility = 'public' AND deleted_at IS NULL THEN '=listed' END,
        CASE WHEN deleted_at IS NULL THEN '=o' || owner END,
        '=v' || visibility,
        '=r' || CASE
            WHEN width * 20 > height * 21 THEN 'landscape'
            WHEN height * 20 > width * 21 THEN 'portrait'
            ELSE 'square'
        END,
        CASE WHEN style <> '' THEN '=s' || style END,
        CASE WHEN color <> '' THEN '=c' || color END,
        '=l' || license,
        CASE WHEN checkpoint <> '' THEN '=k' || checkpoint END,
        '=d' || ((created_at AT TIME ZONE 'UTC')::date - date '1970-01-01'),
        '=m' || (
            extract(year FROM created_at AT TIME ZONE 'UTC') * 12
            + extract(month FROM created_at AT TIME ZONE 'UTC') - 1
        )::integer,
        '=y' || extract(year FROM created_at AT TIME ZONE 'UTC')::integer,
        '=n10.' || (number >> 10),
        '=n13.' || (number >> 13),
        '=n16.' || (number >> 16),
        '=n19.' || (number >> 19)
    ], NULL) || ARRAY(
        SELECT '=t' || name FROM unnest(string_to_array(tag_names, ', ')) AS name
    ))
$$;
"""


class Migration(migrations.Migration):
    """One column of keys for all that a search filters by, and one index over it and the words together."""

    dependencies = [("gallery", "0012_image_favorite_count")]

    operations = [
        migrations.RunSQL(
            FUNCTION,
            "DROP FUNCTION gallery_facts",
        ),
        migrations.AddField(
            "image",
            "facts",
            models.GeneratedField(
                expression=Func(
                    "number",
                    "owner_id",
                    "visibility",
                    "deleted_at",
                    "created_at",
                    "width",
                    "height",
                    "style",
                    "color_name",
                    "license",
                    "checkpoint",
                    "tag_names",
                    function="gallery_facts",
                ),
                output_field=django.contrib.postgres.search.SearchVectorField(),
                db_persist=True,
            ),
        ),
    ]
