"""Where Django looks for the commands of this room."""
