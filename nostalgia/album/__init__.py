"""What a finished batch leaves for the family: a page, a reel, and the tree with its new clips."""
