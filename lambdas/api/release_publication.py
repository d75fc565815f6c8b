"""Publishes releases: declared first, uploaded straight to the store, offered once what came is right."""

from lambdas.api.errors import ConflictError, unknown
from lambdas.api.views.releases import ReleaseDraft, ReleaseUploadView, ReleaseView, UploadView
from lambdas.fleet.catalog import CatalogRelease, ReleaseStatus
from lambdas.fleet.releases import Release
from lambdas.wiring.operator_api import OperatorPorts


def read_release(ports: OperatorPorts, version: str) -> CatalogRelease:
    """Read a release; raises NotFoundError when none of that version was created."""
    entry = ports.catalog.release(version)
    if entry is None:
        raise unknown("release", version, field="version", remedy="GET /v1/releases lists the releases.")
    return entry


def create_release(ports: OperatorPorts, draft: ReleaseDraft) -> tuple[ReleaseUploadView, bool]:
    """Declare a release; the same declaration made again is the same release. Answers it and whether it is new."""
    declared = CatalogRelease(
        Release(draft.version, draft.size_bytes, draft.sha256),
        draft.file_name,
        ReleaseStatus.AWAITING_UPLOAD,
        ports.clock(),
    )
    standing = ports.catalog.add_release(declared)
    if (standing.release, standing.file_name) != (declared.release, declared.file_name):
        raise ConflictError(
            "release_exists",
            f"release {draft.version!r} exists with another size, digest or file name",
            field="version",
            remedy="Choose another version: a version means one content for ever.",
        )
    return _with_upload(ports, standing), standing is declared


def renew_upload(ports: OperatorPorts, version: str) -> ReleaseUploadView:
    """Sign the upload again; raises ConflictError for a release that is ready."""
    entry = read_release(ports, version)
    if entry.status is ReleaseStatus.READY:
        raise ConflictError(
            "release_is_ready",
            f"release {version!r} is ready, its archive cannot be replaced",
            field="version",
            remedy="Create a release of another version.",
        )
    return _with_upload(ports, entry)


def finalise_release(ports: OperatorPorts, version: str) -> ReleaseView:
    """Offer the release if what was uploaded is what was declared; raises ConflictError naming the difference."""
    entry = read_release(ports, version)
    if entry.status is ReleaseStatus.READY:
        return release_view(entry)

    declared, stored = entry.release, ports.artifacts.stored(entry.release, entry.file_name)
    again = f"Upload the declared archive: POST /v1/releases/{version}/upload-url signs the request."
    if stored is None:
        raise ConflictError("upload_missing", f"nothing was uploaded for release {version!r}", remedy=again)
    if stored.size_bytes != declared.size_bytes:
        told = f"{stored.size_bytes} bytes were uploaded, {declared.size_bytes} declared"
        raise ConflictError("size_differs", told, field="size_bytes", remedy=again)
    if stored.sha256 != declared.sha256:
        told = f"the upload has SHA-256 {stored.sha256 or '(not measured)'}, {declared.sha256} was declared"
        raise ConflictError("digest_differs", told, field="sha256", remedy=again)
    ports.catalog.mark_release_ready(version)
    return release_view(read_release(ports, version))


def release_view(entry: CatalogRelease) -> ReleaseView:
    """Show a release."""
    return ReleaseView(
        version=entry.release.version,
        size_bytes=entry.release.size_bytes,
        sha256=entry.release.sha256,
        file_name=entry.file_name,
        status=entry.status,
        created_at=entry.created_at,
    )


def _with_upload(ports: OperatorPorts, entry: CatalogRelease) -> ReleaseUploadView:
    if entry.status is ReleaseStatus.READY:
        return ReleaseUploadView(release=release_view(entry), upload=None)
    signed = ports.artifacts.upload_request(entry.release, entry.file_name, ports.upload_validity)
    upload = UploadView(
        method=signed.method,
        url=signed.url,
        headers=dict(signed.headers),
        expires_in_seconds=int(ports.upload_validity.total_seconds()),
    )
    return ReleaseUploadView(release=release_view(entry), upload=upload)
