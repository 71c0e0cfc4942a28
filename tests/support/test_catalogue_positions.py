"""Lines are found in any TOML that people write, not only in the way we write it."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.catalog.positions import Path, Positions

TEXT = '''# [[plan]] in a comment
title = "x # = ["

[[plan]]
slug = "a"
prices = [
  "p1",  # ]
  "p2", ["x",
  "y"], {a = 1, b = 2}, """
multi ]
""",
]
  [plan.circle."my circle"]
  access_groups = [1,
    2]
[[plan]]
names.short = \'\'\'
[[plan]]
\'\'\'
"quoted key" = 'z'
  [[plan.part]]
  [[plan.part]]
  x = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("plan", 0), 4),
        (("plan", 0, "prices"), 6),
        (("plan", 0, "prices", 0), 7),
        (("plan", 0, "prices", 1), 8),
        (("plan", 0, "prices", 2), 8),
        (("plan", 0, "prices", 3), 9),
        (("plan", 0, "prices", 4), 9),
        (("plan", 0, "circle"), 13),
        (("plan", 0, "circle", "my circle", "access_groups", 1), 15),
        (("plan", 1), 16),
        (("plan", 1, "names", "short"), 17),
        (("plan", 1, "quoted key"), 20),
        (("plan", 1, "part", 0), 21),
        (("plan", 1, "part", 1, "x"), 23),
        (("plan", 1, "part", 1, "nowhere", 3), 22),
        (("nothing",), 1),
    ],
)
def test_a_path_has_its_line(path: Path, line: int) -> None:
    tomllib.loads(TEXT)

    assert Positions(TEXT).line(path) == line


KEYS = st.sampled_from(["slug", "name", "prices", "a b", "é"])
VALUES = st.recursive(
    st.integers() | st.booleans() | st.text(alphabet="ab[]{},=#'\"\\ \n", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=3), min_size=1, max_size=4))
def test_every_key_is_found_on_its_own_line(plans: list[dict[str, Any]]) -> None:
    text = ""
    expected: dict[Path, int] = {}
    for index, plan in enumerate(plans):
        text += "\n[[plan]] # = [\n"
        expected["plan", index] = text.count("\n")
        for key, value in plan.items():
            expected["plan", index, key] = text.count("\n") + 1
            text += f"{quoted(key)} = {written(value)}\n"
    assert tomllib.loads(text) == {"plan": plans}

    positions = Positions(text)

    assert {path: positions.line(path) for path in expected} == expected


def quoted(text: str) -> str:
    return '"' + "".join(escaped(text)) + '"'


def escaped(text: str) -> Iterator[str]:
    for each in text:
        yield {"\\": "\\\\", '"': '\\"', "\n": "\\n"}.get(each, each)


def written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[\n" + "".join(f"{written(each)}, # ]\n" for each in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {written(each)}" for key, each in value.items()) + "}"
    return quoted(value) if isinstance(value, str) else str(value)
