"""What a catalogue must not say: duplicates, collisions, unknown connections, missing credentials."""

import re
from collections.abc import Iterator, Mapping

from customers import normalise
from integrations.connectors import CONNECTORS
from integrations.models import ConnectionKind
from support.catalog.entries import Catalogue, ConnectionEntry, PlanEntry, Problem
from support.catalog.positions import Path


def check(catalogue: Catalogue, *, environ: Mapping[str, str], kinds: Mapping[str, str]) -> list[Problem]:
    """All mistakes that show only when the parts are seen together. Pure.

    `kinds` are the connections that exist already: what is synced at one kind cannot become another.
    """
    return [
        *_connections(catalogue.connections, environ),
        *_changed_kinds(catalogue.connections, kinds),
        *_plans(catalogue.plans),
        *_prices(catalogue.plans),
        *_aliases(catalogue.plans),
        *_mappings(catalogue),
    ]


def _connections(connections: tuple[ConnectionEntry, ...], environ: Mapping[str, str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for each in connections:
        title = f'connection "{each.slug}"'
        if each.slug == ConnectionKind.STRIPE.value:
            yield Problem(
                (*each.path, "slug"), f"{title}: this slug is kept for Stripe, which is always connected"
            )
        elif each.slug in seen:
            yield Problem((*each.path, "slug"), f"{title}: this slug is used twice")
        seen.add(each.slug or str(each.path))
        if each.credential and not environ.get(each.credential, "").strip():
            words = f"{title}: the environment variable {each.credential} is not set"
            yield Problem((*each.path, "credential"), words)
        if each.kind in CONNECTORS:
            found = CONNECTORS[each.kind].check_connection_options(each.options)
            yield from (_about(words, title, each.path, each.options) for words in found)


def _changed_kinds(connections: tuple[ConnectionEntry, ...], kinds: Mapping[str, str]) -> Iterator[Problem]:
    for each in connections:
        before = kinds.get(each.slug, each.kind)
        if each.kind and before != each.kind:
            words = f'connection "{each.slug}": is of kind {before} already; give the new one another slug'
            yield Problem((*each.path, "kind"), words)


def _plans(plans: tuple[PlanEntry, ...]) -> Iterator[Problem]:
    seen: set[str] = set()
    for each in plans:
        if each.slug in seen:
            yield Problem((*each.path, "slug"), f'plan "{each.slug}": this slug is used twice')
        seen.add(each.slug or str(each.path))


def _prices(plans: tuple[PlanEntry, ...]) -> Iterator[Problem]:
    sold_by: dict[str, str] = {}
    for plan in plans:
        for index, price in enumerate(plan.prices):
            if price in sold_by:
                words = (
                    f'plan "{plan.slug}": price "{price}" is listed twice, first in plan "{sold_by[price]}"'
                )
                yield Problem((*plan.path, "prices", index), words)
            sold_by.setdefault(price, plan.slug)


def _aliases(plans: tuple[PlanEntry, ...]) -> Iterator[Problem]:
    """An alias must lead to one plan; folded, because that is how names are matched."""
    owners: dict[str, set[str]] = {}
    for plan in plans:
        for name in (plan.slug, plan.name, *plan.aliases):
            owners.setdefault(normalise.plan_name(name), set()).add(plan.slug)
    for plan in plans:
        for index, alias in enumerate(plan.aliases):
            path, folded = (*plan.path, "aliases", index), normalise.plan_name(alias)
            others = sorted(owners[folded] - {plan.slug})
            if not folded:
                yield Problem(path, f'plan "{plan.slug}": alias "{alias}" has no letter or digit')
            elif others:
                words = (
                    f'plan "{plan.slug}": alias "{alias}" (read as "{folded}") also means plan "{others[0]}"'
                )
                yield Problem(path, words)


def _mappings(catalogue: Catalogue) -> Iterator[Problem]:
    kinds = {each.slug: each.kind for each in catalogue.connections}
    for plan in catalogue.plans:
        for each in plan.mappings:
            title = f'plan "{plan.slug}" at "{each.connection}"'
            if each.connection not in kinds:
                yield Problem(each.path, f'{title}: there is no connection "{each.connection}"')
            elif kinds[each.connection] and kinds[each.connection] != each.kind:
                words = f"{title}: that connection is of kind {kinds[each.connection]}, not {each.kind}"
                yield Problem(each.path, words)
            found = CONNECTORS[each.kind].check_options(each.options)
            yield from (_about(words, title, each.path, each.options) for words in found)


def _about(words: str, title: str, path: Path, options: Mapping[str, object]) -> Problem:
    """A connector's finding, placed at the key it speaks of."""
    key = next((each for each in options if re.search(rf"(?<!\w){re.escape(each)}(?!\w)", words)), None)
    return Problem(path if key is None else (*path, key), f"{title}: {words}")
