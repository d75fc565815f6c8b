"""What all functions of a stack are made of: the code, the dependencies layer, and how they log."""

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk_app.environments import Environment
from cdk_app.packaging import dependencies_folder, function_code


class FunctionPackage(Construct):
    """One per stack: a layer version shared by stacks could not be replaced while any of them imports it."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        self.environment = environment
        self.code = function_code()
        self.layer = lambda_.LayerVersion(
            self,
            "Dependencies",
            code=lambda_.Code.from_asset(str(dependencies_folder(environment.layer_platform))),
            compatible_architectures=[lambda_.Architecture.ARM_64],
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            description="The dependency group 'functions' of uv.lock",
        )
