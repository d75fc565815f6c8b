"""Who a device is."""

import re
from dataclasses import dataclass

DEVICE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class DeviceDetails:
    """What operators know a device by; an empty text means unknown."""

    name: str = ""
    manufacturer: str = ""
    model: str = ""
    os_name: str = ""
    site: str = ""
    department: str = ""
