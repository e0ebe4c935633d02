# SPDX-License-Identifier: EUPL-1.2
"""`rueckhalt-reporting web | worker | serve | db | summaries …`."""

from rueckhalt_reporting.app import service
from rueckhalt_shared.cli import run_service


def main() -> None:
    """Run reporting's command line."""
    run_service(service)


if __name__ == "__main__":
    main()
