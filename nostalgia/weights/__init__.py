"""Network weights: manifest, user's store, download, validation and our own file format."""
