"""One film of all clips."""
