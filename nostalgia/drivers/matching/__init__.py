"""The choice of a driver for each face, and the reasons for it."""
