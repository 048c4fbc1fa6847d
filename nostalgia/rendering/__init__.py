"""From dense motion to the frames of a clip."""
