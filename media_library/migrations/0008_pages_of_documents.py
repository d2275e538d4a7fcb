from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("media_library", "0007_sizes_of_assets"),
    ]

    operations = [
        migrations.AddField(
            model_name="assetversion",
            name="pages",
            field=models.PositiveIntegerField(
                blank=True, editable=False, null=True, verbose_name="pages of a document"
            ),
        ),
    ]
