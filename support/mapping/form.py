"""A sent form as the options of a mapping; every mistake with what to write instead."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from integrations.connectors import CONNECTORS
from support.mapping.choices import FLAGS, PARTS, Part

MOST = 100
LONGEST = 255
Options = dict[str, Any]


def read(kind: str, sent: QueryDict, *, before: Mapping[str, Any]) -> tuple[Options, list[str]]:
    """The options, and what is wrong with them. What is empty is left out unless it was there before."""
    options: Options = {}
    problems: list[str] = []
    for part in PARTS[kind]:
        texts = _texts(part, sent)
        if len(texts) > MOST:
            problems.append(f"{part.label}: choose at most {MOST}.")
            continue
        values = [each if part.by_name else _number(each) for each in texts]
        wrong = [text for text, value in zip(texts, values, strict=True) if not value or len(text) > LONGEST]
        problems += [_wrong(part, text) for text in wrong]
        if not wrong:
            found = list(dict.fromkeys(values)) if part.many else values[0] if values else None
            if found or (part.many and part.option in before):
                options[part.option] = found
    for name in FLAGS.get(kind, {}):
        if sent.get(name) == "on" or name in before:
            options[name] = sent.get(name) == "on"
    return options, problems or CONNECTORS[kind].check_options(options)


def _texts(part: Part, sent: QueryDict) -> list[str]:
    others = sent.get(f"{part.option}_other", "").replace("\n", ",").split(",") if part.many else []
    typed = (each.replace("\0", "").strip() for each in [*sent.getlist(part.option), *others])
    return [each for each in typed if each]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _wrong(part: Part, text: str) -> str:
    if part.by_name:
        return f"{part.label}: a name may have at most {LONGEST} characters."
    return f'{part.label}: "{text[:40]}" is no id; write a number, for example 101.'
