"""One rule for approvals instead of two switches; nobody's workspace asks for less than before."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def rules_from_switches(apps, schema_editor):
    workspaces = apps.get_model("workspaces", "Workspace").objects
    asking = workspaces.filter(approval_required=True)
    asking.filter(approval_by_other=True).update(approval="other")
    asking.filter(approval_by_other=False).update(approval="anyone")


def switches_from_rules(apps, schema_editor):
    workspaces = apps.get_model("workspaces", "Workspace").objects
    workspaces.exclude(approval="none").update(approval_required=True)
    workspaces.filter(approval__in=["other", "person"]).update(approval_by_other=True)


class Migration(migrations.Migration):

    dependencies = [("workspaces", "0007_links_of_posts")]

    operations = [
        migrations.AddField(
            model_name="workspace",
            name="approval",
            field=models.CharField(choices=[("none", "Nobody"), ("anyone", "Anyone who may approve"), ("other", "Somebody other than the author"), ("person", "One person")], default="none", max_length=6, verbose_name="who has to approve a post"),
        ),
        migrations.AddField(
            model_name="workspace",
            name="approver",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="the person"),
        ),
        migrations.RunPython(rules_from_switches, switches_from_rules),
    ]
