"""The album's web page."""
