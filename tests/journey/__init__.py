"""The whole product at work: real processes, a real browser."""
