"""Face landmarks: the 478-point mesh and the 68 classic points."""
