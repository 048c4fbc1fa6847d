"""GFPGAN as an enhancement backend."""
