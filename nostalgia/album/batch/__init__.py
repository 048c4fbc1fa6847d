"""Many photos, or a whole family tree, in one run that may be stopped at any moment."""
