# SPDX-License-Identifier: EUPL-1.2
"""Guidance: the gate "Bin ich in Gefahr?" and the cards "Was kann ich jetzt tun?"."""
