"""Everything that is decided before the first frame."""
