# SPDX-License-Identifier: EUPL-1.2
"""The responsibility plan: who leads, signs, is asked and is told, as one readable file."""
