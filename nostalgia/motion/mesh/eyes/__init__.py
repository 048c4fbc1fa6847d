"""Eyelids, lashes and gaze of the mesh backend."""
