"""Files of a paper: checked before they are kept, kept under random names."""

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from projects.selection.files import accept
from projects.topics.models import Evidence
from projects.topics.rules import is_own

from .papers import lock_paper, require_editable

MOST = 10


@transaction.atomic
def add_evidence(*, actor: User, scope: Scope, paper_id: int, upload: UploadedFile) -> Evidence:
    """Keep a file; the same one again is the one that is there. DomainError as `files.accept`, `too_many`, `locked`."""
    accepted = accept(upload)
    paper = lock_paper(paper_id)
    if not is_own(scope, paper.topic):
        raise DomainError("forbidden", _("附件由承担学校的书记或填报员上传。"), status=403)
    require_editable(paper)
    if (known := paper.evidence.filter(digest=accepted.digest).first()) is not None:
        return known
    if paper.evidence.count() >= MOST:
        raise DomainError("too_many", _("最多 %d 个附件，请先删除不要的。") % MOST, field="file")
    row = Evidence(
        paper=paper, name=accepted.name, size=accepted.size, digest=accepted.digest, media_type=accepted.media_type,
        uploaded_by=actor,
    )  # fmt: skip
    row.file.save(accepted.name, ContentFile(accepted.content), save=False)
    row.save()
    return row


@transaction.atomic
def remove_evidence(*, actor: User, scope: Scope, paper_id: int, evidence_id: int) -> None:
    """Take a file out of a paper that is still written. A second click finds nothing and changes nothing."""
    paper = lock_paper(paper_id)
    if not is_own(scope, paper.topic):
        raise DomainError("forbidden", _("附件由承担学校的书记或填报员上传。"), status=403)
    require_editable(paper)
    row = paper.evidence.filter(pk=evidence_id).first()
    if row is None:
        return
    stored = row.file
    row.delete()
    transaction.on_commit(lambda: stored.delete(save=False))
