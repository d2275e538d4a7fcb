"""The fingerprint of what goes out on each channel, and the indexes by which neighbours in time and words are found."""

from typing import Any

from django.db import migrations, models

from posts.words import fingerprint

AT_ONCE = 500


def note_words(apps: Any, schema_editor: Any) -> None:
    """Write down the words of what there is already."""
    Target = apps.get_model("posts", "Target")
    some = []
    for target in Target.objects.select_related("post").iterator(chunk_size=AT_ONCE):
        target.words_hash = fingerprint(target.own_words.strip() or target.post.caption)
        some.append(target)
        if len(some) == AT_ONCE:
            Target.objects.bulk_update(some, ["words_hash"])
            some = []
    if some:
        Target.objects.bulk_update(some, ["words_hash"])


class Migration(migrations.Migration):

    dependencies = [
        ("posts", "0003_indexes_for_filters"),
    ]

    operations = [
        migrations.AddField(
            model_name="target",
            name="words_hash",
            field=models.CharField(blank=True, default="", editable=False, max_length=32),
            preserve_default=False,
        ),
        migrations.RunPython(note_words, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="target",
            index=models.Index(fields=["workspace", "channel", "promised_at"], name="target_by_promise"),
        ),
        migrations.AddIndex(
            model_name="target",
            index=models.Index(
                fields=["workspace", "channel", "words_hash", "promised_at"], name="target_by_words"
            ),
        ),
    ]
