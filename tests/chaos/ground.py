"""What the product needs before it can be hurt: tables, and a catalogue without the providers' rates."""

from pathlib import Path

from tests.processes import Product

CATALOG = Path("integrations/sandbox/catalog.toml")


def prepare(product: Product, folder: Path) -> None:
    """The sample catalogue, in a database that has its tables."""
    product.manage("load_catalog", str(unhurried(folder)))


def unhurried(folder: Path) -> Path:
    """The sample catalogue without the providers' rates: this is about loss, not about speed."""
    text = CATALOG.read_text().replace("[[connection]]\n", "[[connection]]\ncalls_per_window = 60000\n")
    copy = folder / "catalog.toml"
    copy.write_text(text)
    return copy
