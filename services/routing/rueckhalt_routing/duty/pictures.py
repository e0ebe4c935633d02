# SPDX-License-Identifier: EUPL-1.2
"""An address as a QR code."""


def picture_of(address: str) -> str:
    """The code as the text of an image; the address stands beside it in words."""
    import segno  # noqa: PLC0415 - two pages need it

    drawn: str = segno.make(address, error="m").svg_data_uri(scale=4, border=2, light="#fff")
    return drawn
