"""Files of a case: checked before they are kept, kept under random names."""

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from projects.selection.files import accept
from projects.selection.models import Attachment, QuestionKind

from .applications import lock_open


@transaction.atomic
def add_attachment(
    *, actor: User, scope: Scope, application_id: int, question: str, upload: UploadedFile
) -> Attachment:
    """Keep a file of the open version. DomainError as `files.accept`, `too_many`, `no_question`, `locked`."""
    accepted = accept(upload)
    application, version = lock_open(scope, application_id)
    row = next((q for q in application.round.questions.all() if q.code == question), None)
    if row is None or row.kind != QuestionKind.FILE:
        raise DomainError("no_question", _("申报表里没有这一项附件。"), field="file")
    held = version.attachments.filter(question=question)
    if held.filter(digest=accepted.digest).exists():
        return held.get(digest=accepted.digest)
    if held.count() >= row.max_items:
        raise DomainError("too_many", _("这一项最多 %d 个附件。") % row.max_items, field="file")
    attachment = Attachment(
        version=version, question=question, name=accepted.name, size=accepted.size, digest=accepted.digest,
        media_type=accepted.media_type, uploaded_by=actor,
    )  # fmt: skip
    attachment.file.save(accepted.name, ContentFile(accepted.content), save=False)
    attachment.save()
    return attachment


@transaction.atomic
def remove_attachment(*, actor: User, scope: Scope, application_id: int, attachment_id: int) -> None:
    """Take a file out of the open version. An older version may still show it, so the bytes stay."""
    _application, version = lock_open(scope, application_id)
    version.attachments.filter(pk=attachment_id).delete()
