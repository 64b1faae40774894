from django.db import migrations, models

from gallery import colors


def name_colors(apps, schema_editor):
    images = apps.get_model("gallery", "Image").objects
    for color in images.exclude(dominant_color="").values_list("dominant_color", flat=True).distinct().iterator():
        images.filter(dominant_color=color).update(color_name=colors.name_of(color))


class Migration(migrations.Migration):
    dependencies = [("gallery", "0010_image_number")]

    operations = [
        migrations.AddField(
            "image",
            "color_name",
            models.CharField(max_length=10, blank=True, editable=False, default="", db_default=""),
        ),
        migrations.RunPython(name_colors, migrations.RunPython.noop),
    ]
