"""Tickets, the small desk: what people ask, beside what they are at the moment of looking.

`opening` lets them in, `matching` finds whom they are of, `answering` and `progress` are what staff do,
`mailing` sends answers; `tags`, `failures`, `stream` and `queue` compute what a reader sees.
"""
