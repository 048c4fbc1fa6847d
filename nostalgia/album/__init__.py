"""Output of a finished batch: a page, a reel, and the family tree with its new clips."""
