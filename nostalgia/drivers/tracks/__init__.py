"""Motion tracks: their files, timing, ends, tuning and quality."""
