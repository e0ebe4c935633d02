# SPDX-License-Identifier: EUPL-1.2
"""What a person reads on the terminal when `rueckhalt up` is ready."""

import locale
import sys
from typing import TYPE_CHECKING, Any

from rueckhalt_shared.messages import Catalogue

if TYPE_CHECKING:
    from rueckhalt_shared.embedding import House


def terminal_language() -> str:
    """German, unless the terminal says otherwise."""
    name = locale.getlocale()[0] or "de"
    return "en" if name.startswith("en") else "de"


def greet(house: "House") -> None:
    """One line for each thing there is."""
    texts, language = Catalogue.of_package("rueckhalt_shared"), terminal_language()
    ready = house.ready()
    lines = [("greeting.start", ready["url"])]
    lines += [("greeting.service", address) for address in ready["services"].values()]
    if house.plan.is_demo:
        lines += [("greeting.mail", ready["mail"]), ("greeting.key", ready["api_key"])]
        lines += [("greeting.accounts", _accounts(ready["accounts"]))] if ready["accounts"] else []
    width = max(len(texts.text(message, language)) for message, _ in lines)
    told = [f"  {texts.text(message, language):{width}}  {value}" for message, value in lines]
    head = "greeting.demo" if house.plan.is_demo else "greeting.real"
    out = [texts.text(head, language), *told]
    if house.plan.folder.is_new and not house.plan.is_demo:
        out.append(texts.text("greeting.first_key", language, data=house.plan.folder.path))
    out.append(texts.text("greeting.stop", language))
    sys.stdout.write("\n".join(out) + "\n")
    sys.stdout.flush()


def _accounts(accounts: list[dict[str, Any]]) -> str:
    """The names, and the one password of all of them."""
    return f"{', '.join(each['user'] for each in accounts)} ({accounts[0]['password']})"
