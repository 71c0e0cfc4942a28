"""The tricky sequences, each with its one right answer, in every order and with every delivery doubled."""
