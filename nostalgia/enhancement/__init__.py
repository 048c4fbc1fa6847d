"""Enhancement: a clearer face before any motion."""
