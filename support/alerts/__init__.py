"""Alerts: what is wrong now, as one row for each cause, said once by mail and webhook, closed by itself.

`evaluation.evaluate()` asks the rules and settles the rows, `sending.send_due()` sends what is due;
`watch` runs both in every worker (a lane of the sweeper) and in every web process (a thread).
"""
