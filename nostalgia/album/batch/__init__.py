"""Animates many photos, or a whole family tree, in one run that can be stopped and resumed."""
