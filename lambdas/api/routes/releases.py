"""Releases."""

from aws_lambda_powertools.event_handler.api_gateway import Response

from lambdas.api.operator_router import OperatorRouter
from lambdas.api.release_publication import (
    create_release,
    finalise_release,
    read_release,
    release_view,
    renew_upload,
)
from lambdas.api.views.fields import Cursor, Limit
from lambdas.api.views.releases import ReleaseAnswer, ReleaseDraft, ReleasePage, ReleaseUploadView

router = OperatorRouter()


@router.post("/v1/releases", tags=["releases"], summary="Create a release", status_code=201)
def post_release(draft: ReleaseDraft) -> Response[ReleaseUploadView]:
    """Declare a release and get the request that uploads its archive. The same declaration again answers 200."""
    view, is_new = create_release(router.ports, draft)
    headers = {"Location": f"/v1/releases/{draft.version}"}
    return Response(201 if is_new else 200, content_type="application/json", body=view, headers=headers)


@router.get("/v1/releases", tags=["releases"], summary="List releases")
def list_releases(limit: Limit = 100, cursor: Cursor = None) -> ReleasePage:
    """Page through the releases, by version as text."""
    page = router.ports.catalog.releases(limit, cursor)
    return ReleasePage(releases=[release_view(entry) for entry in page.entries], cursor=page.cursor)


@router.get("/v1/releases/<version>", tags=["releases"], summary="Get a release")
def get_release(version: str) -> ReleaseAnswer:
    """Show one release."""
    return ReleaseAnswer(release=release_view(read_release(router.ports, version)))


@router.post("/v1/releases/<version>/upload-url", tags=["releases"], summary="Get an upload URL")
def post_upload_url(version: str) -> ReleaseUploadView:
    """Get the request that uploads the archive once more, for example after it expired."""
    return renew_upload(router.ports, version)


@router.post("/v1/releases/<version>/finalise", tags=["releases"], summary="Finalise a release")
def post_finalise(version: str) -> ReleaseAnswer:
    """Offer the release for deployment, if what was uploaded is what was declared."""
    return ReleaseAnswer(release=finalise_release(router.ports, version))
