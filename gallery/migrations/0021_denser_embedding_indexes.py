from django.db import migrations
from psycopg import sql

INDEXES = (
    "SELECT indexname FROM pg_indexes WHERE tablename = 'gallery_imageembedding' AND indexdef LIKE '%% USING hnsw %%'"
)


def rebuild(apps, schema_editor, ef_construction: int) -> None:
    """The index of every CLIP model anew; people write and search meanwhile."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(INDEXES, [])
        for (name,) in cursor.fetchall():
            index = sql.Identifier(name)
            value = sql.Literal(ef_construction)
            cursor.execute(sql.SQL("ALTER INDEX {} SET (ef_construction = {})").format(index, value))
            cursor.execute(sql.SQL("REINDEX INDEX CONCURRENTLY {}").format(index))


def denser(apps, schema_editor) -> None:
    rebuild(apps, schema_editor, 128)


def as_before(apps, schema_editor) -> None:
    rebuild(apps, schema_editor, 64)


class Migration(migrations.Migration):
    """Twice the candidates for every link: at a million images more of the nearest 20 are found."""

    atomic = False
    dependencies = [("gallery", "0020_image_owned")]

    operations = [migrations.RunPython(denser, as_before)]
