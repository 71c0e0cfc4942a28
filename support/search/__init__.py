"""Search everywhere: from whatever staff type to people, events, tickets and pages."""
