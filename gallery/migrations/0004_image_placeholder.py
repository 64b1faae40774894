from django.db import migrations, models

#: Pictures rendered before have no placeholder; they are rendered again in the background.
RENDER_AGAIN = "UPDATE gallery_image SET rendition_state = 'waiting' WHERE rendition_state = 'ready'"


class Migration(migrations.Migration):
    dependencies = [("gallery", "0003_image_rendition_state")]

    operations = [
        migrations.AddField(
            model_name="image",
            name="placeholder",
            field=models.CharField(db_default="", default="", editable=False, max_length=1000),
        ),
        migrations.RunSQL(RENDER_AGAIN, migrations.RunSQL.noop),
    ]
