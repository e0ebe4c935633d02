# SPDX-License-Identifier: EUPL-1.2
"""What must hold while processes, brokers, files and disks fail."""
