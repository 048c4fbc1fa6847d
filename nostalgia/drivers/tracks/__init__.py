"""Motion tracks over time."""
