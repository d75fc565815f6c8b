"""The emulator's CloudFormation: completes what it does for a type of resource with what it leaves out."""
# ruff: noqa: SLF001 -- reaching into the emulator is what this module is for

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners

AfterProvisioning = Callable[[str, dict[str, Any]], None]
"""Called with the resource's physical id and its (new) properties."""


def after_provisioning(resource_type: str, complete: AfterProvisioning) -> None:
    """Run `complete` after every create and update of resources of this type."""
    handlers = provisioners._RESOURCE_HANDLERS[resource_type]
    create, update = handlers["create"], handlers["update"]

    def create_and_complete(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        provisioned = create(logical_id, props, stack_name)
        complete(provisioned[0], props)
        return provisioned

    def update_and_complete(
        physical_id: str, old_props: dict[str, Any], new_props: dict[str, Any], *stack: Any, **options: Any
    ) -> Any:
        provisioned = update(physical_id, old_props, new_props, *stack, **options)
        complete(provisioned[0], new_props)
        return provisioned

    handlers["create"], handlers["update"] = create_and_complete, update_and_complete


def is_true(value: Any) -> bool:
    """Read a boolean property, which templates may write as text."""
    return str(value).lower() == "true"
