# SPDX-License-Identifier: EUPL-1.2
"""Who is responsible, told to another system by signed webhook."""
