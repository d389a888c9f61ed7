"""Settings, read once: ECGFM_* variable > ecgfm.toml in the working folder > default. Flags become variables."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ecgfm_core.errors import EcgfmError

if TYPE_CHECKING:
    from ecgfm_core import Encoder

FILE = Path("ecgfm.toml")


class SettingInvalid(EcgfmError):
    """A setting is unknown or has a value that is not allowed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation may choose.

    Attributes:
        encoder: the encoder a page begins with: "demo", "ecg-fm" or a folder.
        device: "cpu", "cuda", "mps"; empty = the best there is.
        precision: "fp32", or "bf16" for autocast.
        cache: folder of downloaded encoders; empty = the user's cache folder.
        cohorts: folder in which cohorts are made and found; empty = the user's data folder.
        data: folder whose folders, tables and zips the page Build offers; empty = none.
        hub: address of the hub; empty = the public one, or what HF_ENDPOINT says.
        physionet: address of PhysioNet's files; empty = the public one.
    """

    encoder: str = "demo"
    device: str = ""
    precision: Literal["fp32", "bf16"] = "fp32"
    cache: str = ""
    hub: str = ""
    physionet: str = ""
    cohorts: str = ""
    data: str = ""

    @property
    def cache_folder(self) -> Path | None:
        """The cache as a path, None for the default."""
        return Path(self.cache).expanduser() if self.cache else None

    @property
    def data_folder(self) -> Path | None:
        """Where the inputs lie that the page Build offers; None where nobody named a folder."""
        return Path(self.data).expanduser() if self.data else None

    @property
    def cohorts_folder(self) -> Path:
        """Where cohorts are made and found."""
        return Path(self.cohorts or "~/.local/share/ecgfm/cohorts").expanduser()

    def load_encoder(self, name: str) -> Encoder:
        """Load an encoder by its name or folder, on the device and from the places that are set.

        Raises:
            WeightsInvalid: it is absent or damaged.
        """
        import ecgfm_core as ecg  # slow to import, and most who read settings load nothing

        return ecg.load_encoder(name, device=self.device or None, cache=self.cache_folder, endpoint=self.hub or None)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process."""
    try:
        stated = tomllib.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingInvalid(f"{FILE.name} cannot be read as TOML ({str(error)[:80]}). Mend or remove it.") from error
    return parse_settings(stated, os.environ)


def parse_settings(stated: Mapping[str, object], environment: Mapping[str, str]) -> Settings:
    """Settings from the content of ecgfm.toml and the environment.

    Raises:
        SettingInvalid: an unknown name, or a value that is not allowed.
    """
    names = Settings.__dataclass_fields__
    unknown = sorted(set(stated) - set(names))
    if unknown:
        raise SettingInvalid(f"{FILE.name}: {unknown[0]} is no setting. Known: {', '.join(names)}.")
    chosen = {name: str(value) for name, value in stated.items()}
    chosen |= {name: environment[f"ECGFM_{name.upper()}"] for name in names if f"ECGFM_{name.upper()}" in environment}
    if chosen.get("precision", "fp32") not in ("fp32", "bf16"):
        raise SettingInvalid(f"the setting precision must be fp32 or bf16. Got {chosen['precision']}.")
    return Settings(**chosen)  # type: ignore[arg-type]
