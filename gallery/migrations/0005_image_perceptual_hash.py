from django.db import migrations, models

INDEX = """
CREATE FUNCTION gallery_hash_bands(hash bigint) RETURNS int[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ARRAY[
        (hash & 1023)::int,
        1024 + ((hash >> 10) & 511)::int,
        1536 + ((hash >> 19) & 511)::int,
        2048 + ((hash >> 28) & 511)::int,
        2560 + ((hash >> 37) & 511)::int,
        3072 + ((hash >> 46) & 511)::int,
        3584 + ((hash >> 55) & 511)::int
    ]
$$;

CREATE INDEX image_hash_bands ON gallery_image USING gin (gallery_hash_bands(perceptual_hash))
    WHERE perceptual_hash IS NOT NULL;
"""

REMOVAL = """
DROP INDEX image_hash_bands;
DROP FUNCTION gallery_hash_bands;
"""


class Migration(migrations.Migration):
    """Find hashes few bits apart by an index: such hashes agree in at least one of their seven bands of bits."""

    dependencies = [("gallery", "0004_image_placeholder")]

    operations = [
        migrations.AddField(
            model_name="image",
            name="perceptual_hash",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.RunSQL(INDEX, REMOVAL),
    ]
