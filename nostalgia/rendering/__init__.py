"""Rendering: dense motion to moved pixels, the framing of a clip, and its visible mark."""
