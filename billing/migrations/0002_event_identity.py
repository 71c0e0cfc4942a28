"""A Stripe event keeps its identity: its columns never change, the row never goes, the body may be erased."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION keep_event_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.event_id, NEW.account, NEW.type, NEW.livemode, NEW.api_version, NEW.object_id,
        NEW.created, NEW.received_at)
       IS DISTINCT FROM
       (OLD.event_id, OLD.account, OLD.type, OLD.livemode, OLD.api_version, OLD.object_id,
        OLD.created, OLD.received_at)
       OR NEW.body NOT IN (OLD.body, '')
    THEN
        RAISE EXCEPTION 'the identity of a Stripe event never changes, and its body may only be erased'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""

# Comparing the body costs de-toasting it, so the trigger looks only when a guarded column is assigned.
TRIGGERS = """
CREATE TRIGGER stripe_event_identity BEFORE UPDATE OF
    event_id, account, type, livemode, api_version, object_id, created, received_at, body
    ON billing_stripeevent FOR EACH ROW EXECUTE FUNCTION keep_event_identity();
CREATE TRIGGER stripe_event_kept BEFORE DELETE ON billing_stripeevent
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- Bodies live out of line, so that listing events reads small rows.
ALTER TABLE billing_stripeevent ALTER COLUMN body SET STORAGE EXTERNAL;
"""

UNDO = """
DROP TRIGGER stripe_event_kept ON billing_stripeevent;
DROP TRIGGER stripe_event_identity ON billing_stripeevent;
DROP FUNCTION keep_event_identity();
ALTER TABLE billing_stripeevent ALTER COLUMN body SET STORAGE EXTENDED;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("customers", "0002_append_only")]

    operations = [
        migrations.RunSQL(FUNCTION, migrations.RunSQL.noop),
        migrations.RunSQL(TRIGGERS, UNDO),
    ]
