# SPDX-License-Identifier: EUPL-1.2
"""What the three peers share: two hundred rules looked through from the top, and a plain mail."""

from email.message import EmailMessage

_CODES = ("coercion", "stalking", "doxxing", "property", "assault", "trespass", "sexual", "symbol")
RULES = [
    {"form": _CODES[n % 8], "unit": f"amt_{n // 8:02}", "person": f"person-{n}@town.example"}
    for n in range(199)
]
RULES.append({"form": "threat", "unit": "buergeramt", "person": "anna.aydin@town.example"})


def responsible(forms: list[str], unit: str) -> tuple[int, str]:
    """The first rule that fits, and its person."""
    for number, rule in enumerate(RULES):
        if rule["form"] in forms and rule["unit"] == unit:
            return number, rule["person"]
    return -1, "anna.aydin@town.example"


def mail(incident: str, person: str) -> EmailMessage:
    """A notice in two languages, as long as ours."""
    message = EmailMessage()
    message["From"] = "bench@town.example"
    message["To"] = person
    message["Subject"] = "Rückhalt: Bitte übernehmen Sie"
    message["Message-ID"] = f"<{incident}@bench>"
    message.set_content("Es gibt etwas, das Sie übernehmen sollten.\n" * 12)
    message.add_alternative("<p>Es gibt etwas, das Sie übernehmen sollten.</p>\n" * 12, "html")
    return message
