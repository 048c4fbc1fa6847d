"""Clips as files: encoding, reading, metadata, verification."""
