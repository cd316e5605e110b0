"""The embedded cloud's console: its own pages, for people."""
