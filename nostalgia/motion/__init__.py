"""Motion backends: where the pixels of each frame come from."""
