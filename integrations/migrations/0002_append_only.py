"""Sync attempts are append-only: the database refuses UPDATE and DELETE."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER sync_attempt_append_only BEFORE UPDATE OR DELETE ON integrations_syncattempt
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_initial"), ("customers", "0002_append_only")]

    operations = [
        migrations.RunSQL(TRIGGER, "DROP TRIGGER sync_attempt_append_only ON integrations_syncattempt;"),
    ]
