"""Reading photos, and cutting face crops out of them."""
