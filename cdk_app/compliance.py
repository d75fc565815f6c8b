"""cdk-nag's AwsSolutions rules over every synth, and each finding that was accepted, with its reason."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks


@dataclass(frozen=True, slots=True)
class AcceptedFinding:
    """One finding, where it may stand and why."""

    constructs: str
    """Path of the resource from the app; ``*`` stands for any text."""
    rule: str
    """The rule, with the finding in brackets where a rule reports several of one resource."""
    reason: str

    def is_about(self, path: str) -> bool:
        """Whether the resource at this path may stand as it is."""
        return fnmatchcase(path, self.constructs)


def check_compliance(app: App) -> None:
    """Have every synth of the app checked: a finding that was not accepted fails it."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def accept_findings(app: App) -> None:
    """Write the accepted findings, with their reasons, to the constructs they are about."""
    for construct in app.node.find_all():
        for finding in ACCEPTED:
            if finding.is_about(construct.node.path):
                Validations.of(construct).acknowledge(Acknowledgment(id=finding.rule, reason=finding.reason))


def _wildcard(resource: str) -> str:
    return f"AwsSolutions-IAM5[Resource::{resource}]"


_ARTIFACTS = "RingtreeData:ExportsOutputFnGetAttArtifactsBucket88671897Arn65502B7F"
_AGENTS_TABLE = "RingtreeData:ExportsOutputFnGetAttAgentsTable41446A70Arn985A8F17"
_EXECUTIONS = "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution"
_RING_ROLLOUT, _ROLLBACK = "RingRolloutMachine0EFCBF76", "RollbackMachineDE2FBAE5"

_ONE_FOLDER = "The wildcard stands for the objects of one folder, whose names are deployments and releases."
_CLAIMS = "The wildcard stands for the objects of one folder, which are named by the digests of what they hold."
_ONE_MACHINE = "The wildcard stands for the executions of one state machine, whose names are made when they start."
_MAP_TOKENS = "Task tokens of a Distributed Map are of the machine's map runs, named by label below the machine's ARN."

ACCEPTED: tuple[AcceptedFinding, ...] = (
    AcceptedFinding(
        "*/Function/Resource",
        "AwsSolutions-L1",
        "Functions run on Python 3.13: their dependencies are resolved and tested for it.",
    ),
    AcceptedFinding(
        "RingtreeAgents/*Mailbox/Queue/Resource",
        "AwsSolutions-SQS3",
        "A redrive policy would drop a message whose turn is committed but not yet sent, and let the agent's later"
        " messages overtake it. The runtime counts failures itself; an alarm watches the age of the oldest message.",
    ),
    AcceptedFinding(
        "RingtreeAgents/JournalWriter/Unkept/Resource",
        "AwsSolutions-SQS3",
        "It is itself where versions are set aside that could not be written; an alarm watches that it stays empty.",
    ),
    AcceptedFinding(
        "RingtreeData/*/Secret",
        "AwsSolutions-SMG4",
        "Rotating a token without its holders locks out every device and operator; it is done by hand, with them.",
    ),
    AcceptedFinding(
        "RingtreeApi/DeviceApi/Api/POST--device--v1--enrol/Resource",
        "AwsSolutions-APIG4",
        "A device that enrols has no token of its own yet: the function checks the enrolment token, the route is"
        " throttled.",
    ),
    AcceptedFinding(
        "*/Role/DefaultPolicy/Resource",
        _wildcard("*"),
        "X-Ray's PutTraceSegments and the log deliveries of Step Functions know no narrower resource; the tests allow"
        " no other action on it.",
    ),
    AcceptedFinding(
        "*/OperatorFunction/Role/DefaultPolicy/Resource", _wildcard(f"{_ARTIFACTS}/releases/*"), _ONE_FOLDER
    ),
    AcceptedFinding("RingtreeAgents/*/Turns/Role/DefaultPolicy/Resource", _wildcard(f"{_ARTIFACTS}/claims/*"), _CLAIMS),
    AcceptedFinding(
        "RingtreeAgents/JournalWriter/Writer/Role/DefaultPolicy/Resource",
        _wildcard(f"{_ARTIFACTS}/claims/*"),
        _CLAIMS,
    ),
    AcceptedFinding(
        "RingtreeAgents/JournalWriter/Writer/Role/DefaultPolicy/Resource",
        _wildcard(f"{_AGENTS_TABLE}/stream/*"),
        "Streams are listed by their table: the action knows no single stream.",
    ),
    AcceptedFinding("*/OperatorFunction/Role/DefaultPolicy/Resource", _wildcard(f"{_ARTIFACTS}/claims/*"), _CLAIMS),
    AcceptedFinding("*/DeviceFunction/Role/DefaultPolicy/Resource", _wildcard(f"{_ARTIFACTS}/releases/*"), _ONE_FOLDER),
    AcceptedFinding("*/PlanDeployment/Role/DefaultPolicy/Resource", _wildcard(f"{_ARTIFACTS}/plans/*"), _ONE_FOLDER),
    AcceptedFinding("*/PlanRollback/Role/DefaultPolicy/Resource", _wildcard(f"{_ARTIFACTS}/rollbacks/*"), _ONE_FOLDER),
    AcceptedFinding(
        "*/RingRollout/Machine/Role/DefaultPolicy/Resource", _wildcard(f"{_ARTIFACTS}/plans/*"), _ONE_FOLDER
    ),
    AcceptedFinding(
        "*/RingRollout/Machine/Role/DefaultPolicy/Resource", _wildcard(f"{_ARTIFACTS}/results/*"), _ONE_FOLDER
    ),
    AcceptedFinding(
        "*/Rollback/Machine/Role/DefaultPolicy/Resource", _wildcard(f"{_ARTIFACTS}/rollbacks/*"), _ONE_FOLDER
    ),
    AcceptedFinding(
        "*/Rollback/Machine/Role/DefaultPolicy/Resource", _wildcard(f"{_ARTIFACTS}/results/*"), _ONE_FOLDER
    ),
    AcceptedFinding(
        "*/Deployment/Machine/Role/DefaultPolicy/Resource",
        _wildcard(f"{_EXECUTIONS}:<{_RING_ROLLOUT}.Name>:*"),
        _ONE_MACHINE,
    ),
    AcceptedFinding(
        "*/RingRollout/Machine/Role/DefaultPolicy/Resource",
        _wildcard(f"{_EXECUTIONS}:<{_ROLLBACK}.Name>:*"),
        _ONE_MACHINE,
    ),
    AcceptedFinding(
        "*/RingRollout/MapChildren/Resource", _wildcard(f"{_EXECUTIONS}:<{_RING_ROLLOUT}.Name>:*"), _ONE_MACHINE
    ),
    AcceptedFinding(
        "*/RingRollout/MapChildren/Resource", _wildcard(f"{_EXECUTIONS}:<{_RING_ROLLOUT}.Name>/*"), _ONE_MACHINE
    ),
    AcceptedFinding("*/Rollback/MapChildren/Resource", _wildcard(f"{_EXECUTIONS}:<{_ROLLBACK}.Name>:*"), _ONE_MACHINE),
    AcceptedFinding("*/Rollback/MapChildren/Resource", _wildcard(f"{_EXECUTIONS}:<{_ROLLBACK}.Name>/*"), _ONE_MACHINE),
    AcceptedFinding("RingtreeSupervision/BatchAnswers/Resource", _wildcard(f"<{_RING_ROLLOUT}>/*"), _MAP_TOKENS),
    AcceptedFinding("RingtreeSupervision/BatchAnswers/Resource", _wildcard(f"<{_ROLLBACK}>/*"), _MAP_TOKENS),
)
