"""Writing the clips back into a family tree."""
