"""The three groups of staff; their rights follow the matrix in support/rights.py after every migrate.

Also where an act came from.
"""

from django.db import migrations, models

GROUPS = ("Read only", "Support", "Founder")


def make(apps, schema_editor):
    for name in GROUPS:
        apps.get_model("auth", "Group").objects.get_or_create(name=name)


def remove(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [("support", "0005_ticket"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="address",
            field=models.GenericIPAddressField(
                blank=True,
                help_text="Where the act came from; empty on the command line.",
                null=True,
                verbose_name="from",
            ),
        ),
        migrations.RunPython(make, remove),
    ]
