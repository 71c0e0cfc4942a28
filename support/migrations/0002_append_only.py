"""Audit entries are append-only: the database refuses UPDATE and DELETE."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON support_auditentry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("support", "0001_initial"), ("customers", "0002_append_only")]

    operations = [
        migrations.RunSQL(TRIGGER, "DROP TRIGGER audit_entry_append_only ON support_auditentry;"),
    ]
