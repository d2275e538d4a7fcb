from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("workspaces", "0008_approval_rule")]

    operations = [
        migrations.RemoveField(model_name="workspace", name="approval_required"),
        migrations.RemoveField(model_name="workspace", name="approval_by_other"),
        migrations.AddConstraint(
            model_name="workspace",
            constraint=models.CheckConstraint(condition=models.Q(("approval__in", ["none", "anyone", "other", "person"])), name="workspace_approval_known"),
        ),
    ]
