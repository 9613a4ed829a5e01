from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outbox', '0002_message_once'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='uncertain',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='How often the mail server fell silent after it had the text.', verbose_name='perhaps sent'),
        ),
    ]
