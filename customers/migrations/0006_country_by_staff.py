"""A country that staff chose says so, and stays."""

from django.db import migrations, models

CHOSEN = """
UPDATE customers_customer SET country_by_staff = true WHERE country <> '' AND id IN (
    SELECT customer_id FROM customers_reviewitem WHERE decision = 'country_chosen')
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_review_decided")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="country_by_staff",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Staff chose the country: what Stripe says does not change it.",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("country_by_staff", False), models.Q(("country", ""), _negated=True), _connector="OR"
                ),
                name="customer_staff_chose_a_country",
            ),
        ),
        migrations.RunSQL(CHOSEN, migrations.RunSQL.noop),
    ]
