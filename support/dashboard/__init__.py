"""The front page: is everybody who paid in, how fast, and what waits for whom."""
