# SPDX-License-Identifier: EUPL-1.2
"""The pure part of the plan: tables over finite domains. Standard library only, no server."""
