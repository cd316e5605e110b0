"""What the provider says about itself and about people."""

from __future__ import annotations

from typing import Any

from localaws.people import Person


def discovery_document(issuer: str) -> dict[str, Any]:
    """The answer at /.well-known/openid-configuration."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "end_session_endpoint": f"{issuer}/logout",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "email", "profile", "groups"],
        "claims_supported": ["sub", "email", "email_verified", "name", "preferred_username", "groups"],
    }


def claims_of(person: Person) -> dict[str, Any]:
    """The claims about a person, in the ID token and at the userinfo endpoint."""
    return {
        "sub": f"local-{person.username}",
        "email": person.email,
        "email_verified": True,
        "name": person.name,
        "preferred_username": person.username,
        "groups": list(person.groups),
    }
