"""Clips as files: encoding, reading, metadata, signatures and verification."""
