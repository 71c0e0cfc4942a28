"""No sequence of the shared file is forgotten."""

import json
import re
from pathlib import Path

from tests.bringup.capabilities import shared_path

LATER = {"S39", "S40"}  # they need reconciliation: nothing is delivered at all


def test_every_scenario_of_the_file_has_a_test_of_its_name() -> None:
    wanted = {each["id"] for each in json.loads(shared_path("STRIPE_SCENARIOS_FILE").read_text())} - LATER

    names = re.findall(
        r"^def test_((?:s\d+_)+)",
        "\n".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py")),
        flags=re.MULTILINE,
    )

    assert {each.upper() for name in names for each in name.strip("_").split("_")} == wanted
