# SPDX-License-Identifier: EUPL-1.2
"""`rueckhalt-intake web | worker | serve | db …`."""

from rueckhalt_intake.app import service
from rueckhalt_shared.cli import run_service


def main() -> None:
    """Run intake's command line."""
    run_service(service)


if __name__ == "__main__":
    main()
