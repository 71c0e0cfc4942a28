"""The words of the customer lifecycle: statuses, sources, event types, flags."""

from django.db import models


class Status(models.TextChoices):
    """The headline of a person, and the state of one entitlement."""

    ACTIVE = "active", "Active"
    TRIALING = "trialing", "Trialing"
    PAID_IN_FULL = "paid_in_full", "Paid in full"
    PAST_DUE = "past_due", "Past due"
    PAUSED = "paused", "Paused"
    UNPAID = "unpaid", "Unpaid"
    CANCELED = "canceled", "Canceled"
    REFUNDED = "refunded", "Refunded"
    DISPUTE_LOST = "dispute_lost", "Dispute lost"
    LEAD = "lead", "Lead"


# Among living entitlements of one plan rank, the earlier in this list leads.
LIVING = (
    Status.ACTIVE,
    Status.TRIALING,
    Status.PAID_IN_FULL,
    Status.PAST_DUE,
    Status.PAUSED,
    Status.UNPAID,
)
ENDED = (Status.CANCELED, Status.REFUNDED, Status.DISPUTE_LOST)


class Source(models.TextChoices):
    """Where an entitlement comes from."""

    SUBSCRIPTION = "subscription", "Subscription"
    PURCHASE = "purchase", "One-time purchase"
    OVERRIDE = "override", "Override by staff"


class EndReason(models.TextChoices):
    """Why an entitlement ended, told apart because the record names it."""

    NONE = "", "Not ended"
    USER_REQUESTED = "user_requested", "Canceled on request"
    PAYMENT_FAILED = "payment_failed", "Payment failed"
    DISPUTED = "disputed", "Payment disputed"
    REFUNDED = "refunded", "Refunded"
    STAFF = "staff", "Ended by staff"
    CLOCK = "clock", "Its time ran out"


LONGEST_FLAG = 120


class Flag(models.TextChoices):
    """What is worth saying beside the status."""

    CANCELLATION_SCHEDULED = "cancellation_scheduled", "Cancellation scheduled"
    COLLECTION_PAUSED = "collection_paused", "Collection paused"
    OPEN_DISPUTE = "open_dispute", "Open dispute"
    REFUND_FAILED = "refund_failed", "A refund failed"
    PARTIALLY_REFUNDED = "partially_refunded", "Partially refunded"
    LAST_PAYMENT_REFUNDED = "last_payment_refunded", "Last payment refunded"
    PLAN_CHANGE_PENDING = "plan_change_pending", "A plan change waits for payment"
    CUSTOMER_DELETED = "customer_deleted", "Deleted in Stripe"
    NEEDS_REVIEW = "needs_review", "Needs review"


class SupportTier(models.TextChoices):
    """How quickly support answers; later in the list is better."""

    COMMUNITY = "community", "Community"
    STANDARD = "standard", "Standard"
    PRIORITY = "priority", "Priority"
    VIP = "vip", "VIP"


class CauseKind(models.TextChoices):
    """What made us look: only `bulk` causes are counted by the mass-removal guard."""

    EVENT = "event", "Stripe event"
    STAFF = "staff", "Staff"
    CLOCK = "clock", "Clock"
    BULK = "bulk", "Bulk change"


class LifecycleType(models.TextChoices):
    """What can happen to a customer (house vocabulary; others rely on the values)."""

    SIGNUP_STARTED = "signup_started", "Signup started"
    SIGNUP_EXPIRED = "signup_expired", "Signup expired"
    TRIAL_STARTED = "trial_started", "Trial started"
    SUBSCRIPTION_ACTIVE = "subscription_active", "Subscription active"
    PAID_IN_FULL = "paid_in_full", "Paid in full"
    PAYMENT_FAILED = "payment_failed", "Payment failed"
    PAYMENT_RECOVERED = "payment_recovered", "Payment recovered"
    PLAN_CHANGED = "plan_changed", "Plan changed"
    CANCELLATION_SCHEDULED = "cancellation_scheduled", "Cancellation scheduled"
    CANCELLATION_UNDONE = "cancellation_undone", "Cancellation undone"
    CANCELED_USER_REQUESTED = "canceled_user_requested_access_removed", "Canceled on request, access removed"
    CANCELED_PAYMENT_FAILED = (
        "canceled_payment_failed_access_removed",
        "Canceled after failed payment, access removed",
    )
    CANCELED_DISPUTE = "canceled_dispute_access_removed", "Canceled after a dispute, access removed"
    ACCESS_EXPIRED = "access_expired", "Access expired"
    PAUSED = "paused", "Paused"
    RESUMED = "resumed", "Resumed"
    REACTIVATED = "reactivated", "Reactivated"
    REFUNDED = "refunded", "Refunded"
    PARTIALLY_REFUNDED = "partially_refunded", "Partially refunded"
    REFUND_FAILED = "refund_failed", "Refund failed"
    DISPUTE_OPENED = "dispute_opened", "Dispute opened"
    DISPUTE_CLOSED = "dispute_closed", "Dispute closed"
    EMAIL_CHANGED = "email_changed", "E-mail changed"
    OVERRIDE_GRANTED = "override_granted", "Override granted"
    OVERRIDE_ENDED = "override_ended", "Override ended"
    ERASED = "erased", "Erased"


class ReviewKind(models.TextChoices):
    """What a person must look at; nothing is decided without them."""

    UNKNOWN_PRICE = "unknown_price", "Unknown price"
    UNKNOWN_STATUS = "unknown_status", "Unknown status"
    UNKNOWN_SHAPE = "unknown_shape", "Unknown shape"
    UNMAPPED_VALUE = "unmapped_value", "Unmapped value"
    NO_EMAIL = "no_email", "No e-mail address"
    EMAIL_COLLISION = "email_collision", "E-mail collision"
    EMAIL_CHANGE = "email_change", "E-mail change to follow by hand"
    HELD_REMOVAL = "held_removal", "Held removal"
