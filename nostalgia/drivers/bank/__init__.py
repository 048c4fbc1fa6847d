"""The driver bank: the drivers that ship with nostalgia and those that the user has added."""
