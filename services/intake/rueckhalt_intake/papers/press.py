# SPDX-License-Identifier: EUPL-1.2
"""A process of its own that sets one sheet: `python -m rueckhalt_intake.papers.press`.

A sheet comes in as JSON, a PDF goes out. Memory and time are limited here, so that no text, however
long or strange, can take the service with it.
"""

import json
import resource
import sys
from pathlib import Path

_MEMORY, _SECONDS = 1536 * 1024 * 1024, 20
_TEMPLATE = Path(__file__).with_name("paper.typ")
REFUSED = 3  # the text cannot be set


def main() -> int:
    """Read, set, write."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    told = json.load(sys.stdin)

    import typst  # noqa: PLC0415 - 80 MB, and only for this

    try:
        pdf = typst.compile(
            str(_TEMPLATE),
            root=str(_TEMPLATE.parent),
            font_paths=[told["fonts"]],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["ua-1", "a-2a"],
            sys_inputs={"sheet": json.dumps(told["sheet"], ensure_ascii=False)},
            timestamp=told["at"],
        )
    except typst.TypstError as error:
        sys.stderr.write(f"{error.message[:200]}\n")
        return REFUSED
    sys.stdout.buffer.write(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
