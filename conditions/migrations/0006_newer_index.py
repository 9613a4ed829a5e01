from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conditions", "0005_plain_words")]

    operations = [
        migrations.AddIndex(
            model_name="edition",
            index=models.Index(fields=["condition", "language", "status", "publish_at"], name="conditions_edition_newer"),
        ),
    ]
