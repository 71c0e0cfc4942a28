"""The development launcher behind `make run`: one command from a fresh clone to a running product."""
