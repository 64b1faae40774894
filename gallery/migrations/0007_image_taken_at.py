from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gallery", "0006_collections")]

    operations = [
        migrations.AddField(
            model_name="image",
            name="taken_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
