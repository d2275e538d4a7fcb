from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('posts', '0023_drafts_kept'),
    ]

    operations = [
        migrations.AddField(
            model_name='linkanswer',
            name='card',
            field=models.JSONField(blank=True, default=None, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='linkanswer',
            name='thumb',
            field=models.BinaryField(null=True),
        ),
    ]
