from django.db import migrations, models
from django.db.models import Func, Value

ADD = """
CREATE SEQUENCE gallery_image_number;
ALTER TABLE gallery_image ADD COLUMN number bigint;
UPDATE gallery_image SET number = placed.number
FROM (SELECT id, row_number() OVER (ORDER BY created_at, id) AS number FROM gallery_image) AS placed
WHERE placed.id = gallery_image.id;
SELECT setval('gallery_image_number', coalesce(max(number), 0) + 1, false) FROM gallery_image;
ALTER TABLE gallery_image
    ALTER COLUMN number SET DEFAULT nextval('gallery_image_number'),
    ALTER COLUMN number SET NOT NULL,
    ADD CONSTRAINT gallery_image_number_key UNIQUE (number);
ALTER SEQUENCE gallery_image_number OWNED BY gallery_image.number;
"""
REMOVE = "ALTER TABLE gallery_image DROP COLUMN number"


class Migration(migrations.Migration):
    """Number the images in the order in which they came: one whole number to sort by and to go on from."""

    dependencies = [("gallery", "0009_tag_synonyms")]

    operations = [
        migrations.RunSQL(
            ADD,
            REMOVE,
            state_operations=[
                migrations.AddField(
                    "image",
                    "number",
                    models.BigIntegerField(
                        unique=True, editable=False, db_default=Func(Value("gallery_image_number"), function="nextval")
                    ),
                ),
                migrations.AlterModelOptions("image", {"ordering": ["-number"]}),
            ],
        )
    ]
