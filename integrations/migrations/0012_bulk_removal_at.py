"""When the mass-removal guard counted a sync; what it counted within the last hour goes on to count."""

from django.db import migrations, models

LAST_HOUR = """
UPDATE integrations_sync SET bulk_removal_at = wanted_at
WHERE wanted_at > statement_timestamp() - interval '1 hour'
  AND ((bulk AND priority = 0) OR NOT held_plans = '{}' OR NOT held_refs = '{}'::jsonb)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0011_places"),
    ]

    operations = [
        migrations.AddField(
            model_name="sync",
            name="bulk_removal_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the guard last counted it, held or let through; nothing undoes that.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="sync",
            name="bulk",
            field=models.BooleanField(
                default=False,
                help_text="Wanted by a bulk cause; the mass-removal guard judges what it takes.",
            ),
        ),
        migrations.RunSQL(LAST_HOUR, migrations.RunSQL.noop),
    ]
