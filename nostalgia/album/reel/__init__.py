"""Reel of an album: all its clips in one film, each behind a title card."""
