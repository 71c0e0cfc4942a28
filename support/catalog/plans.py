"""Write plans, their aliases and their prices."""

from django.db.models import Q

from billing.models import Payment, Price, Subscription
from customers import normalise
from customers.models import Customer, Entitlement, Override, Plan, PlanAlias
from support.catalog.changes import Changes, write
from support.catalog.entries import PlanEntry

FIELDS = ("name", "rank", "support_tier", "grace_days", "trial_access")


def write_plans(entries: tuple[PlanEntry, ...], *, changes: Changes) -> None:
    """Make the plans in the file true, then take away those that left it and that nobody holds."""
    for entry in entries:
        values = {name: getattr(entry, name) for name in FIELDS}
        plan, fields = write(Plan, {"slug": entry.slug}, values, title=f"plan {entry.slug}", changes=changes)
        if fields:
            changes.plans.add(plan.slug)
    for plan in Plan.objects.exclude(slug__in=[entry.slug for entry in entries]):
        _drop(plan, changes)
    for entry in entries:
        plan = Plan.objects.get(slug=entry.slug)
        _give_aliases(plan, entry, changes)
        _give_prices(plan, entry, changes)
    _free_aliases(entries, changes)
    _free_prices(entries, changes)


def _drop(plan: Plan, changes: Changes) -> None:
    held = Entitlement.objects.filter(plan=plan).count()
    if held or Override.objects.filter(plan=plan).exists() or Customer.objects.filter(plan=plan).exists():
        words = "1 entitlement still uses it" if held == 1 else f"{held or 'some'} entitlements still use it"
        changes.kept.append(f"plan {plan.slug}: {words}; its prices and mappings stay too")
        return
    for price in Price.objects.filter(plan=plan).values_list("stripe_id", flat=True):
        changes.removed(f"price {price} of plan {plan.slug}")
    Price.objects.filter(plan=plan).update(plan=None)
    changes.removed(f"plan {plan.slug}")
    plan.delete()


def _aliases(entry: PlanEntry) -> list[str]:
    return sorted({normalise.plan_name(alias) for alias in entry.aliases})


def _give_aliases(plan: Plan, entry: PlanEntry, changes: Changes) -> None:
    for alias in _aliases(entry):
        write(
            PlanAlias,
            {"alias": alias},
            {"plan": plan},
            title=f'alias "{alias}" of plan {plan.slug}',
            changes=changes,
        )


def _free_aliases(entries: tuple[PlanEntry, ...], changes: Changes) -> None:
    listed = [alias for entry in entries for alias in _aliases(entry)]
    of_the_file = PlanAlias.objects.filter(plan__slug__in=[entry.slug for entry in entries])
    for alias in of_the_file.exclude(alias__in=listed).select_related("plan"):
        changes.removed(f'alias "{alias.alias}" of plan {alias.plan.slug}')
        alias.delete()


def _free_prices(entries: tuple[PlanEntry, ...], changes: Changes) -> None:
    """Unmap what left the file. A price that somebody bought stays: a shorter file takes no one's access."""
    listed = [price for entry in entries for price in entry.prices]
    of_the_file = Price.objects.filter(plan__slug__in=[entry.slug for entry in entries])
    for price in of_the_file.exclude(stripe_id__in=listed).select_related("plan"):
        title = f"price {price.stripe_id} of plan {price.plan.slug if price.plan else None}"
        if _bought(price):
            changes.kept.append(f"{title}: purchases use it")
            continue
        price.plan = None
        price.save(update_fields=["plan"])
        changes.removed(title)


def _bought(price: Price) -> bool:
    holds_it = Q(prices__contains=[price.stripe_id]) | Q(raw_prices__contains=[price.stripe_id])
    return Subscription.objects.filter(holds_it).exists() or Payment.objects.filter(holds_it).exists()


def _give_prices(plan: Plan, entry: PlanEntry, changes: Changes) -> None:
    for stripe_id in entry.prices:
        title = f"price {stripe_id} of plan {plan.slug}"
        _, fields = write(Price, {"stripe_id": stripe_id}, {"plan": plan}, title=title, changes=changes)
        if fields:
            changes.prices.add(stripe_id)
