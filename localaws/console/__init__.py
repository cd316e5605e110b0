"""The embedded cloud's own pages, for people."""
