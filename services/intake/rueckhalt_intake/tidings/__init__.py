# SPDX-License-Identifier: EUPL-1.2
"""Tidings: a neutral mail to whoever reported, where they asked for it and nowhere else."""
