"""What staff acts are called: the one place where the codes of the record have words."""

from typing import Final

# In the order of the filter: what is asked for most often comes first.
WORDS: Final = {
    "replay_sync": "Replay of a sync",
    "replay_event": "Replay of a Stripe event",
    "replay": "Replay of many",
    "snooze_sync": "Sync snoozed",
    "ignore_sync": "Sync ignored",
    "release_sync": "Sync taken up again",
    "ignore_event": "Stripe event ignored",
    "take_up_event": "Stripe event taken up again",
    "reread": "Read again from Stripe",
    "grant_override": "Access granted by hand",
    "extend_access": "Access extended",
    "end_override": "Access by hand ended",
    "hold": "Put on hold",
    "release": "Released from hold",
    "settle_review": "Review item decided",
    "open_ticket": "Ticket opened",
    "answer_ticket": "Ticket answered",
    "note_on_ticket": "Note on a ticket",
    "mail_answer_again": "Answer mailed again",
    "assign_ticket": "Ticket assigned",
    "close_ticket": "Ticket closed",
    "reopen_ticket": "Ticket reopened",
    "link_ticket": "Ticket linked to a person",
    "unlink_ticket": "Ticket unlinked",
    "export_customers": "Customers downloaded",
    "pause_connection": "Connection paused",
    "resume_connection": "Connection resumed",
    "test_connection": "Connection tested",
    "fetch_names": "Names fetched from a connection",
    "set_mode_off": "Connection switched off",
    "set_mode_shadow": "Connection switched to shadow",
    "set_mode_live": "Connection switched to live",
    "change_plan_mapping": "Plan mapping changed",
    "map_price": "Price mapped to a plan",
    "load_catalog": "Catalogue loaded",
    "add_user": "Account added",
    "change_user": "Account or rights changed",
    "set_password": "Password set for somebody",
    "change_password": "Own password changed",
    "set_up_second_factor": "Second factor set up",
    "reset_second_factor": "Second factor reset",
    "make_recovery_codes": "New recovery codes",
    "unlock_sign_in": "Sign-in unlocked",
    "sign_in": "Signed in",
    "sign_out": "Signed out",
    "sign_in_failed": "Sign-in failed",
    "denied": "Refused: no right to it",
    "seal_record": "Record sealed anew",
}


def act_in_words(act: str) -> str:
    """E.g. "Replay of a sync"; an act that an older release knew is made readable."""
    return WORDS.get(act) or act.replace("_", " ").capitalize()
