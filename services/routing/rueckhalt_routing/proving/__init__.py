# SPDX-License-Identifier: EUPL-1.2
"""From a plan with its people to the questions `proof` answers, and from answers to sentences."""
