"""Which device the network runs on: chosen by itself, overridable."""

from __future__ import annotations

import torch

from ecgfm_core.errors import DeviceUnavailable


def choose_device(name: str | None = None) -> torch.device:
    """CUDA where there is one, else Apple's MPS, else the CPU; or the one that is named.

    Raises:
        DeviceUnavailable: the named device is not there.
    """
    torch.backends.cudnn.allow_tf32 = False  # it would cost three digits: full float32 is the default here
    if name is None:
        return torch.device(_available()[0])
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceUnavailable(f"{name!r} names no device. Available: {', '.join(_available())}.") from error
    if device.type not in _available() or (device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count()):
        raise DeviceUnavailable(f"the device {name} is not there. Available: {', '.join(_available())}.")
    return device


def _available() -> list[str]:
    devices = ["cpu"]
    if torch.backends.mps.is_available():
        devices.insert(0, "mps")
    if torch.cuda.is_available():
        devices.insert(0, "cuda")
    return devices
