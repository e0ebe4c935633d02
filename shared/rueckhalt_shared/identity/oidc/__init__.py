# SPDX-License-Identifier: EUPL-1.2
"""Sign-in at the municipality's own provider (OpenID Connect: Keycloak, Entra and others)."""
