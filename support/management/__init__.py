"""Commands of the support room."""
