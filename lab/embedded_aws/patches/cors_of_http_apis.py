"""HTTP APIs from templates answer preflight requests as the template's CORS configuration says.

The emulator keeps the template's property names (`AllowOrigins`) where its API reads those of the service
(`allowOrigins`), and refuses every origin. AWS:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""
# ruff: noqa: SLF001 -- reaching into the emulator is what this module is for

from typing import Any

from ministack.services import apigateway

from lab.embedded_aws.patches.resource_provisioners import after_provisioning


def apply() -> None:
    """Write the configuration under the names the emulator's API reads."""
    after_provisioning("AWS::ApiGatewayV2::Api", _rename_cors_fields)


def _rename_cors_fields(api_id: str, props: dict[str, Any]) -> None:
    cors = props.get("CorsConfiguration")
    if cors:
        apigateway._apis[api_id]["corsConfiguration"] = {
            name[0].lower() + name[1:]: value for name, value in cors.items()
        }
