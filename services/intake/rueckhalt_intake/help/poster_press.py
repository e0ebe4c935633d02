# SPDX-License-Identifier: EUPL-1.2
"""A process of its own that sets one poster: JSON in, PDF out. The library stays out of the web."""

import json
import sys
from pathlib import Path

_TEMPLATE = Path(__file__).with_name("poster.typ")


def main() -> int:
    """Read, set, write."""
    told = json.load(sys.stdin)

    import typst  # noqa: PLC0415 - 80 MB, and only for this

    pdf = typst.compile(
        str(_TEMPLATE),
        root=str(_TEMPLATE.parent),
        font_paths=[told["fonts"]],
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=["ua-1", "a-2a"],
        sys_inputs={"poster": json.dumps(told, ensure_ascii=False)},
        timestamp=told["at"],
    )
    sys.stdout.buffer.write(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
