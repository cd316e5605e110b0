"""Zeppelin notes: reading them, executing them with or without a Zeppelin server, and what is left afterwards."""
