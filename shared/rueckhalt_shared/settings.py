# SPDX-License-Identifier: EUPL-1.2
"""Settings: a frozen dataclass per service, filled from the environment, all faults told at once.

Common variables start with `RUECKHALT_`, a service's own with `RUECKHALT_<SERVICE>_`. Each may be
given as a file instead (`…_FILE`), which is how secrets should come. A variable nobody knows stops
the start: a typing error must be loud.
"""

import os
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from environs import EnvValidationError, FileAwareEnv
from marshmallow import validate

from rueckhalt_shared.deployed import SERVICES, installed_services
from rueckhalt_shared.placeholders import holds_placeholder, is_placeholder

__all__ = [
    "SERVICES",
    "BadSettings",
    "ServiceSettings",
    "from_env",
    "installed_services",
    "own",
    "secret",
    "variable",
    "variables",
]

PREFIX = "RUECKHALT_"
# Not settings of a service: crash points and tests, and what the image says of its commit.
OUTSIDE = ("RUECKHALT_CRASH", "RUECKHALT_TEST", "RUECKHALT_COMMIT")

S = TypeVar("S", bound="ServiceSettings")


class BadSettings(Exception):
    """The environment cannot be used; every fault is listed, one a line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def secret(default: Any = MISSING) -> Any:
    """A field that never shows in repr; without a default it must be given, best as `…_FILE`."""
    return field(default=default, repr=False, metadata={"secret": True})


def own(default: Any = MISSING) -> Any:
    """A field of ServiceSettings whose variable carries the service's name."""
    return field(default=default, repr=False, metadata={"own": True})


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """What every service knows about itself and its installation."""

    service: str = field(default="", metadata={"given": True})
    data: Path = Path("rueckhalt-data")
    mode: Literal["real", "demo"] = "real"
    language: Literal["de", "en"] = "de"
    municipality: str = ""
    municipality_name: str = ""
    imprint_url: str = ""
    privacy_url: str = ""
    accessibility_url: str = ""
    exit_url: str = "https://www.dwd.de/"
    services: frozenset[str] = frozenset()
    bus_url: str = secret("")
    identity_url: str = secret("")
    database_url: str = own("")
    tombstone_key: str = field(default="", repr=False, metadata={"own": True, "secret": True})
    base_url: str = own("")
    neighbours: Mapping[str, str] = field(default_factory=dict, metadata={"given": True})
    embedded: bool = field(default=False, metadata={"given": True})
    host: str = own("127.0.0.1")
    port: int = own(8080)
    threads: int = 8
    processes: int = 1
    proxy: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    session_idle_minutes: int = 30
    session_hours: int = 12
    oidc_issuer: str = ""
    oidc_client_id: str = "rueckhalt"
    oidc_client_secret: str = secret("")
    oidc_role_claim: str = "realm_access.roles"
    oidc_role_prefix: str = "rueckhalt-"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"

    @property
    def is_demo(self) -> bool:
        """Is this the sample installation, where no real mail may leave?"""
        return self.mode == "demo"

    def url_of(self, service: str) -> str | None:
        """The public address of a service of this installation; None where it has none."""
        return self.base_url if service == self.service else self.neighbours.get(service)


def from_env(settings: type[S], service: str, *, given: Mapping[str, Any] | None = None) -> S:
    """Read the settings of one service; what is `given` (by `rueckhalt up`) wins."""
    reader = _Reader()
    hints = get_type_hints(settings)
    values: dict[str, Any] = {"service": service}
    for each in _readable(settings):
        if not given or each.name not in given:
            values |= reader.read(each, variable(each, service), hints[each.name])
    neighbours = {s: url for s in SERVICES if (url := reader.get(f"{PREFIX}{s.upper()}_BASE_URL"))}
    faults = [*reader.faults(), *_unknown(settings, service)]
    if faults:
        raise BadSettings(faults)
    given = dict(given or {})
    given["neighbours"] = {**given.get("neighbours", {}), **neighbours}
    return settings(**_derived(values | given, settings))


def variable(each: "Field[Any]", service: str) -> str:
    """The name of the environment variable of a field."""
    common = {f.name for f in fields(ServiceSettings) if not f.metadata.get("own")}
    infix = "" if each.name in common else f"{service.upper()}_"
    return f"{PREFIX}{infix}{each.name.upper()}"


def variables(settings: type[ServiceSettings], service: str) -> dict[str, "Field[Any]"]:
    """Every variable a service reads, with its field: what its README must list."""
    return {variable(each, service): each for each in _readable(settings)}


def _readable(settings: type[ServiceSettings]) -> Iterator["Field[Any]"]:
    return (each for each in fields(settings) if not each.metadata.get("given"))


class _Reader:
    """environs with deferred errors: nothing is raised before everything was looked at."""

    def __init__(self) -> None:
        self._env = FileAwareEnv(eager=False, strip_whitespace=True)
        self._faults: list[str] = []

    def get(self, name: str) -> str:
        return os.environ.get(name, "")

    def read(self, each: "Field[Any]", name: str, kind: Any) -> dict[str, Any]:
        if self.get(name) and self.get(f"{name}_FILE"):
            self._faults.append(f"{name}: given twice, also as {name}_FILE")
        elif self.get(name) or self.get(f"{name}_FILE"):
            try:
                value = _parse(self._env, name, kind)
                self._faults += _examples(each, name, value)
                return {each.name: value}
            except ValueError as error:  # the file of a …_FILE cannot be read
                self._faults.append(f"{name}: {error}")
        elif each.default is MISSING and each.default_factory is MISSING:
            self._faults.append(f"{name}: must be set, or {name}_FILE")
        return {}

    def faults(self) -> list[str]:
        try:
            self._env.seal()
        except EnvValidationError as error:
            told: Any = error.error_messages
            return self._faults + [f"{name}: {' '.join(texts)}" for name, texts in told.items()]
        return self._faults


def _examples(each: "Field[Any]", name: str, value: object) -> Iterator[str]:
    if not isinstance(value, str):
        return
    if each.name.endswith("_url"):
        if holds_placeholder(value):
            yield f"{name}: the password in it is an example or the user's own name"
    elif each.metadata.get("secret") and is_placeholder(value):
        yield f"{name}: this is an example, no secret"


def _parse(env: FileAwareEnv, name: str, kind: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):  # X | None
        return _parse(env, name, next(a for a in arguments if a is not type(None)))
    if origin is Literal:
        return env.str(name, validate=validate.OneOf(arguments, error="must be one of: {choices}"))
    if origin in (tuple, frozenset, list):
        items: list[str] = env.list(name) or []
        return origin(item.strip() for item in items if item.strip())
    parsers: dict[Any, Callable[[str], Any]]
    parsers = {int: env.int, bool: env.bool, float: env.float, Path: env.path}
    return parsers.get(kind, env.str)(name)


def _unknown(settings: type[ServiceSettings], service: str) -> list[str]:
    """Variables with our prefix that nobody reads; other services' own are theirs to check."""
    known = set(variables(settings, service))
    foreign = tuple(f"{PREFIX}{s.upper()}_" for s in SERVICES if s != service)
    faults = []
    for name in sorted(os.environ):
        if not name.startswith(PREFIX) or name.startswith(OUTSIDE + foreign):
            continue
        if name.removesuffix("_FILE") not in known:
            near = get_close_matches(name, known, n=1)
            faults.append(
                f"{name}: unknown setting" + (f"; did you mean {near[0]}?" if near else "")
            )
    return faults


def _derived(values: dict[str, Any], settings: type[ServiceSettings]) -> dict[str, Any]:
    """The embedded defaults: everything below the data folder and on this machine."""
    service = values["service"]
    data = values["data"] = Path(values.get("data", ServiceSettings.data)).resolve()
    port = values.get("port", _default(settings, "port"))
    host = values.get("host", _default(settings, "host"))
    fallbacks = {
        "services": installed_services() | {service},
        "bus_url": f"rkbus:///{data}/bus.db",
        "identity_url": f"sqlite:///{data}/identity.db",
        "database_url": f"sqlite:///{data}/{service}.db",
        "base_url": f"http://{host}:{port}",
    }
    for name, fallback in fallbacks.items():
        values[name] = values.get(name) or fallback
    values["services"] = frozenset(values["services"])
    return values


def _default(settings: type[ServiceSettings], name: str) -> Any:
    return next(each.default for each in fields(settings) if each.name == name)
