"""Network weights: the manifest, the user's store, download and validation."""
