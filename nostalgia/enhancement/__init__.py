"""Face restoration: a clearer face before any motion."""
