"""Landmarks of a face: the 478-point mesh."""
