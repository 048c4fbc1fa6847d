"""Web page of an album, the entries it shows, and the words it shows them in."""
