"""From a driving clip to a motion track."""
