# SPDX-License-Identifier: EUPL-1.2
"""Access and copy for whoever reported (Art. 15 GDPR), and the way to ask for erasure (Art. 17)."""
