"""A bad catalogue says all its mistakes at once, each with file and line, and the lines are right."""

from pathlib import Path

import pytest

from integrations.connectors import CONNECTORS
from support.catalog.read import BadCatalogueError, read
from tests.support.bad_catalogues import GOOD, MISTAKES

ENVIRON = {"CIRCLE_API_TOKEN": "x", "KIT_API_KEY": "y"}


def mistakes(tmp_path: Path, text: str | bytes, **kinds: str) -> list[str]:
    """What the file says is wrong, without its folder."""
    file = tmp_path / "catalog.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    try:
        read(file, environ=ENVIRON, kinds=kinds)
    except BadCatalogueError as error:
        return [line.replace(f"{tmp_path}/", "") for line in error.lines]
    return []


def test_a_good_catalogue_is_read(tmp_path: Path) -> None:
    file = tmp_path / "catalog.toml"
    file.write_text(GOOD)

    catalogue = read(file, environ=ENVIRON, kinds={})

    assert [each.slug for each in catalogue.connections] == ["circle", "kit"]
    assert catalogue.connections[0].options == {"invite": True}
    pro, starter = catalogue.plans
    assert pro.prices == ("price_pro_month", "price_pro_year")
    assert [(each.kind, each.connection) for each in pro.mappings] == [("circle", "circle"), ("kit", "kit")]
    assert pro.mappings[0].options == {"access_groups": [101], "member_tags": [11], "spaces": []}
    assert (starter.rank, starter.support_tier, starter.grace_days, starter.trial_access) == (
        0,
        "community",
        7,
        True,
    )


def test_the_sample_catalogue_is_good() -> None:
    file = Path(__file__).parents[2] / "integrations" / "sandbox" / "catalog.toml"

    assert len(read(file, environ=ENVIRON, kinds={}).plans) == 3


@pytest.mark.parametrize(("wrong", "right", "at", "words"), MISTAKES)
def test_a_mistake_is_one_clear_line(tmp_path: Path, wrong: str, right: str, at: str, words: str) -> None:
    assert wrong in GOOD
    text = GOOD.replace(wrong, right, 1)

    assert f"catalog.toml:{line_of(at or right, text=text)}: {words}" in mistakes(tmp_path, text)


def line_of(part: str, *, text: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_all_mistakes_are_said_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = (
        GOOD.replace('"CIRCLE_API_TOKEN"', '"NOT_THERE"')
        .replace("rank = 20", "rnk = 20")
        .replace("501", '"x"')
    )

    found = mistakes(tmp_path, text)

    assert len(found) == 3
    lines = [line_of(each, text=text) for each in ('"NOT_THERE"', "rnk", "welcome_sequence")]
    assert [int(each.split(":")[1]) for each in found] == lines


def test_a_pasted_secret_is_not_repeated(tmp_path: Path) -> None:
    found = mistakes(tmp_path, GOOD.replace('"KIT_API_KEY"', '"kit_4f9a1c"'))

    (line,) = found
    assert line.startswith('catalog.toml:11: connection "kit": credential must be the NAME of an environment')
    assert "4f9a1c" not in line


def test_a_connection_does_not_change_its_kind(tmp_path: Path) -> None:
    found = mistakes(tmp_path, GOOD, kit="circle")

    assert found == [
        'catalog.toml:10: connection "kit": is of kind circle already; give the new one another slug'
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[[plan]]\nslug = pro\n", 2, "not valid TOML"),
        ('[[plan]]\nslug = "pro"\nslug = "x"\n', 3, "not valid TOML"),
        ('[[plan]]\n\nslug = "pro', 3, "not valid TOML"),
        (b'[[plan]]\nslug = "\xff"\n', 2, "not UTF-8"),
        (b"\x00\x01\x02", 1, "not valid TOML"),
        ('{"plan": []}', 1, "not valid TOML"),
    ],
)
def test_what_is_not_toml_at_all_is_said_with_its_line(
    tmp_path: Path, text: str | bytes, line: int, words: str
) -> None:
    (found,) = mistakes(tmp_path, text)

    assert found.startswith(f"catalog.toml:{line}: ")
    assert words in found


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadCatalogueError, match="cannot be read: No such file"):
        read(tmp_path / "none.toml", environ={}, kinds={})


@pytest.mark.parametrize(
    "text", ["plan = 3", "plan = [1, 2]", "plan = {}", "[plan]\nslug = 'x'", "connection = ''"]
)
def test_the_wrong_shape_is_a_mistake_and_never_a_crash(tmp_path: Path, text: str) -> None:
    assert mistakes(tmp_path, text)


@pytest.mark.parametrize("kind", list(CONNECTORS))
@pytest.mark.parametrize("value", ["3", "[1]", "'x'", "[[]]", "{x = 1}", "true"])
def test_a_mapping_of_the_wrong_shape_is_a_mistake_and_never_a_crash(
    tmp_path: Path, kind: str, value: str
) -> None:
    assert mistakes(tmp_path, f'[[plan]]\nslug = "a"\nname = "A"\n{kind} = {value}\n')


def test_an_unknown_option_is_placed_at_its_line(tmp_path: Path) -> None:
    text = GOOD.replace("spaces = []", "rooms = []")

    (found,) = mistakes(tmp_path, text)

    assert found.startswith(f"catalog.toml:{line_of('rooms', text=text)}: ")
