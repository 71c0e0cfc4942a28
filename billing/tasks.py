"""The Celery tasks of this room: wake-ups with one row id each."""

from celery import shared_task

from billing import asked, lanes, rereads


@shared_task(ignore_result=True)
def run_event(event_id: int) -> None:
    """Process one due event and all that wait for the same root."""
    lanes.run_event(event_id)


@shared_task(ignore_result=True)
def run_reread(subscription_id: int) -> None:
    """Read one subscription again, if its date has passed."""
    rereads.run(subscription_id)


@shared_task(ignore_result=True)
def run_asked(stripe_customer_id: int) -> None:
    """Read all that one Stripe customer holds again, because somebody asked."""
    asked.run(stripe_customer_id)
