from django.db import migrations, models


class Migration(migrations.Migration):
    """Count and compare one's own images without reading them."""

    dependencies = [("gallery", "0019_tag_count_hidden")]

    operations = [
        migrations.RemoveIndex("image", "image_owned"),
        migrations.AddIndex(
            "image",
            models.Index(
                fields=["owner", "-number"],
                include=["id"],
                name="image_owned",
                condition=models.Q(deleted_at__isnull=True),
            ),
        ),
    ]
