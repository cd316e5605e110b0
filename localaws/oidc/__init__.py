"""The embedded OpenID provider."""
