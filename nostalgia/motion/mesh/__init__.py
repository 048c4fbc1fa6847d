"""The embedded motion backend: first-order motion from a face mesh, in closed form."""
