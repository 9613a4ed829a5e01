from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="once",
            field=models.CharField(
                help_text="What this message is for, where it may only be posted once.", max_length=60, null=True, unique=True
            ),
        ),
    ]
