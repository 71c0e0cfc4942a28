"""The size rules hold for every file, and the tool that says so can see a breach."""

import pytest

from tests.quality import sizes

JOB = '"""One job."""\n'


def test_every_file_function_and_parameter_list_is_small() -> None:
    assert sizes.all_breaches() == []


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (JOB + "x = 1\n" * 250, "has 251 lines; 250 are allowed"),
        (JOB + "def f() -> None:\n" + "    x = 1\n" * 40, "f has 41 lines; 40 are allowed"),
        (JOB + "def f(a, b, c, *, d, e, g) -> None: ...", "f takes 6 parameters; 5 are allowed"),
        (JOB + "async def f(): ...", "f does not say what it returns"),
        ("x = 1", "does not say its one job in its first line"),
    ],
)
def test_a_breach_is_named(source: str, complaint: str) -> None:
    (found,) = sizes.breaches(source, where="some.py")
    assert found.startswith("some.py:")
    assert found.endswith(complaint)


def test_what_is_just_within_the_limits_passes() -> None:
    method = "class C:\n    def f(self, a, b, c, d, e) -> None:\n" + "        x = 1\n" * 39
    assert list(sizes.breaches(JOB + method + "x = 1\n" * 208, where="some.py")) == []


def test_fixtures_of_a_test_are_not_counted_as_parameters() -> None:
    assert list(sizes.breaches(JOB + "def test_it(a, b, c, d, e, f) -> None: ...", where="some.py")) == []
