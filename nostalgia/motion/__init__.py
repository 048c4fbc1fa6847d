"""Motion backends: they compute where the pixels of each frame come from."""
