"""Faces of a photo: detection, landmarks, head pose, expression, glasses and regions."""
