"""The driver bank, shipped and user-made."""
