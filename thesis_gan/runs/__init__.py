"""A run as a folder: made, read, found."""
