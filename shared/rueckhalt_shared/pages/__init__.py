# SPDX-License-Identifier: EUPL-1.2
"""What pages are made of: the frame, forms, notes, error pages, the way out, the gallery."""
