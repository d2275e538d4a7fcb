"""Since when a channel is paused, and why."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("posts", "0024_cards_of_links")]

    operations = [
        migrations.AddField(
            model_name="channel",
            name="paused_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="channel",
            name="pause_reason",
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
    ]
