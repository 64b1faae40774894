from django.db import migrations

INDEX = """
CREATE INDEX IF NOT EXISTS embedding_starter_clip_2916ce09 ON gallery_imageembedding
USING hnsw ((vector::halfvec(256)) halfvec_cosine_ops) WITH (m = 16, ef_construction = 64)
WHERE clip_model = 'starter/clip'
"""


class Migration(migrations.Migration):
    """The index for the starter's CLIP model, as `meaning.create_index` makes them for other models."""

    dependencies = [("gallery", "0015_tag_counts")]

    operations = [migrations.RunSQL(INDEX, "DROP INDEX embedding_starter_clip_2916ce09")]
