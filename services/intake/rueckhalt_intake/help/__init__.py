# SPDX-License-Identifier: EUPL-1.2
"""The directory of help: who helps whom, where, and whether somebody answers now."""
