"""Photos: reading any picture file, and cutting out and pasting back faces."""
