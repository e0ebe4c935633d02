# SPDX-License-Identifier: EUPL-1.2
"""Sign-in states: a row on the server, of whose id only the hash is stored."""
