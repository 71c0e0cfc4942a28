"""The person, what they hold, and the record of what happened to them."""

from customers.models.customer import Customer
from customers.models.entitlement import Entitlement
from customers.models.lifecycle_event import LifecycleEvent
from customers.models.override import Override
from customers.models.plan import Plan, PlanAlias
from customers.models.review_item import ReviewItem

__all__ = ["Customer", "Entitlement", "LifecycleEvent", "Override", "Plan", "PlanAlias", "ReviewItem"]
