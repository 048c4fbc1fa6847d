"""Which driver suits which face."""
