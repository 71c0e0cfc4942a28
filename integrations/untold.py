"""An error of our own on its way to the log: its kind and its place are told, never what it quotes."""


class OurFault(Exception):
    """Stands for an error whose own words may quote somebody: a name, an address, a whole row."""


def untold(error: Exception) -> OurFault:
    """What may be logged and reported instead of `error`, with its traceback; raise it `from None`.

    PostgreSQL's code, table and constraint are names of ours.
    """
    found = getattr(error.__cause__, "diag", None)
    names = [getattr(found, each, None) for each in ("sqlstate", "table_name", "constraint_name")]
    words = " ".join([type(error).__name__, *(each for each in names if each)])
    return OurFault(words).with_traceback(error.__traceback__)
