"""Family trees: their people, who may be animated, and where their pictures are."""
