# SPDX-License-Identifier: EUPL-1.2
"""The sample installation: Musterstadt, a mail catcher, a start page that says what to click."""
