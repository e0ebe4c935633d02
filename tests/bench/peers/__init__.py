# SPDX-License-Identifier: EUPL-1.2
"""The same pipeline as their tutorials show it, each in an environment of its own."""
