"""The drivers: whose motion a face takes over, and which one suits it."""
