"""Finding faces and their landmarks, and what the landmarks say of head and expression."""
