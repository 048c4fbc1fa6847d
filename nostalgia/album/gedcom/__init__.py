"""Family trees with the finished clips added to them, as new files."""
