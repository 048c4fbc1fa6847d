"""Drivers: recorded performances whose motion a face takes over, and the choice between them."""
