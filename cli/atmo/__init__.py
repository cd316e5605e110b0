"""atmo's command-line client. It needs nothing but Python, and knows the portal by its OpenAPI document."""
