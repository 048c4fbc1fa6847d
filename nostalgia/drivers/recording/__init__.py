"""Extraction of a motion track from a driving clip."""
