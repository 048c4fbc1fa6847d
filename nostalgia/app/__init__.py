"""The page: a local web server that shows the pipeline and the album in the user's own browser."""
