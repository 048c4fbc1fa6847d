"""Still pictures that are written: a photo whose faces were restored, in a file like its own."""
