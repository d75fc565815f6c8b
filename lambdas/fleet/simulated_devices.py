"""Who a simulated device claims to be."""

from lambdas.fleet.devices import DeviceDetails
from lambdas.fleet.rehearsals import Randomness

MODELS = (
    ("Dell", "Latitude 7450", "Windows 11"),
    ("HP", "EliteBook 840", "Windows 11"),
    ("Lenovo", "ThinkPad X1", "Ubuntu 24.04"),
    ("Apple", "MacBook Air", "macOS 15"),
    ("Advantech", "UNO-2484", "Debian 12"),
    ("Raspberry Pi", "Compute Module 5", "Raspberry Pi OS"),
)
SITES = ("Berlin", "Lima", "Nairobi", "Osaka", "Toronto")
DEPARTMENTS = ("Engineering", "Finance", "Logistics", "Retail", "Support")


def random_details(device_id: str, randomness: Randomness) -> DeviceDetails:
    """Make up details that fit together."""
    manufacturer, model, os_name = randomness.choice(MODELS)
    return DeviceDetails(
        name=f"Simulated {model} {device_id}",
        manufacturer=manufacturer,
        model=model,
        os_name=os_name,
        site=randomness.choice(SITES),
        department=randomness.choice(DEPARTMENTS),
    )
