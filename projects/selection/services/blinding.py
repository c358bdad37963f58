"""The blind side of a case: the redacted copy that experts read, and what of its files they may open."""

from collections.abc import Sequence
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from projects.selection.files import accept
from projects.selection.models import (
    Application,
    Attachment,
    BlindCopy,
    BlindFile,
    FileCheck,
    LeakReport,
    Question,
    QuestionKind,
    Version,
)
from projects.selection.reading import read_text, without_extras, without_thumbnail
from projects.selection.rules.completeness import count_words
from projects.selection.rules.redaction import Redactor
from projects.selection.selectors.identity import latest_versions, list_attachments, list_redactors

from .rounds import ensure_keeper

RELATED = ("school__district", "school__group", "school__zone", "district", "round__unit")


def make_blind(applications: Sequence[Application]) -> None:
    """Redact the newest versions and check their files. Runs in the caller's transaction; safe to run again."""
    versions = latest_versions(applications)
    redactors = list_redactors(applications, versions)
    questions: dict[int, list[Question]] = {}
    copies = []
    for application in applications:
        if application.round_id not in questions:
            questions[application.round_id] = list(application.round.questions.all())
        content = _redact(questions[application.round_id], versions[application.pk], redactors[application.pk])
        copies.append(BlindCopy(application=application, content=content, words=_words(content)))
    BlindCopy.objects.bulk_create(
        copies, update_conflicts=True, unique_fields=["application"], update_fields=["content", "words", "made_at"]
    )
    by_version = {version.pk: pk for pk, version in versions.items()}
    for attachment in list_attachments(versions.values()):
        _check_file(attachment, redactors[by_version[attachment.version_id]])


def _redact(questions: Sequence[Question], version: Version, redactor: Redactor) -> list[dict[str, Any]]:
    """Nothing of a NAMES question, and no field falls back to the original: only redacted pieces are written."""

    def pieces(text: str) -> list[list[str]]:
        return [[segment.text, segment.hidden] for segment in redactor.redact(text)]

    content = []
    for question in questions:
        part: dict[str, Any] = {"section": question.section, "title": question.title, "kind": question.kind}
        answer = version.answers.get(question.code)
        if question.kind in (QuestionKind.TEXT, QuestionKind.LINE):
            part["segments"] = pieces(str(answer or ""))
        elif question.kind == QuestionKind.TABLE:
            part |= {"columns": question.columns, "rows": [[pieces(cell) for cell in row] for row in answer or []]}
        elif question.kind == QuestionKind.FIGURE and question.code in version.figures:
            figure = version.figures[question.code]
            label = "".join(segment.text for segment in redactor.redact(figure["label"]))
            part |= {"segments": pieces(figure["value"]), "label": label, "as_of": figure["as_of"]}
        else:
            continue
        content.append(part)
    return content


def _words(content: Sequence[dict[str, Any]]) -> int:
    return sum(count_words(text) for part in content for text, _hidden in part.get("segments", []))


def _check_file(attachment: Attachment, redactor: Redactor) -> BlindFile:
    """Look for identifying words in text, properties and name of the file that an expert would get."""
    row = getattr(attachment, "blind", None) or BlindFile(attachment=attachment)
    source = row.clean_copy or attachment.file
    with source.open("rb") as stream:
        content = stream.read()
    if (bare := without_thumbnail(attachment.name, content)) is not None:
        content = bare
        row.clean_copy.save(attachment.name, ContentFile(content), save=False)
    found = read_text(attachment.name, content)
    row.checked_at = timezone.now()
    places = {**found.places, _("文件名"): attachment.name}
    row.findings = [
        {"place": place, "word": word.text, "kind": word.kind}
        for place, text in places.items()
        for word in redactor.leaks(text)
    ]
    # The name alone is no leak: experts get a neutral one. It is reported so that somebody looks inside.
    inside = any(finding["place"] != _("文件名") for finding in row.findings)
    # A picture beside a name that was found changes nothing: the name must go first.
    row.state = FileCheck.LEAKING if inside else FileCheck.UNREADABLE if found.unseen else FileCheck.CLEAN
    row.cleared_by = None
    row.save()
    return row


@transaction.atomic
def add_clean_copy(*, actor: User, scope: Scope, attachment_id: int, upload: UploadedFile) -> BlindFile:
    """Put a cleaned copy in the place of a leaking file; it is checked like the original. DomainError as `accept`."""
    attachment, application = _lock_file(scope, attachment_id)
    accepted = accept(upload)
    if accepted.media_type != attachment.media_type:
        raise DomainError("file_kind", _("清理后的文件要与原件同一种格式。"), field="file")
    row, _created = BlindFile.objects.get_or_create(attachment=attachment)
    row.clean_copy.save(accepted.name, ContentFile(accepted.content), save=True)
    attachment.blind = row
    return _check_file(attachment, list_redactors([application], latest_versions([application]))[application.pk])


@transaction.atomic
def clear_file(*, actor: User, scope: Scope, attachment_id: int) -> BlindFile:
    """A person has looked at a file that no program can read, and found nothing. DomainError `leaking`, `broken`.

    Of a picture experts get a copy without what it carries beside the picture: author, place, comments.
    """
    attachment, _application = _lock_file(scope, attachment_id)
    row = BlindFile.objects.select_for_update().get(attachment=attachment)
    if row.state == FileCheck.LEAKING:
        raise DomainError("leaking", _("自动检查发现了可识别信息，请先上传清理后的文件。"))
    source = row.clean_copy or attachment.file
    try:
        with source.open("rb") as stream:
            bare = without_extras(attachment.name, stream.read())
    except (OSError, ValueError) as error:
        raise DomainError("broken", _("图片打不开，请上传另存后的文件。"), field="file") from error
    if bare is not None:
        row.clean_copy.save(attachment.name, ContentFile(bare), save=False)
    row.state, row.cleared_by = FileCheck.CLEARED, actor
    row.save()
    return row


def _lock_file(scope: Scope, attachment_id: int) -> tuple[Attachment, Application]:
    attachment = Attachment.objects.select_related("version").get(pk=attachment_id)
    application = Application.objects.select_related(*RELATED).get(pk=attachment.version.application_id)
    ensure_keeper(scope, application.round)
    return attachment, application


@transaction.atomic
def hide_words(*, actor: User, scope: Scope, application_id: int, words: Sequence[str]) -> Application:
    """Add words that identify this case, make its blind copy anew, and settle the reports that asked for it."""
    application = Application.objects.select_for_update(of=("self",)).select_related(*RELATED).get(pk=application_id)
    ensure_keeper(scope, application.round)
    new = [word.strip() for word in words if len(word.strip()) > 1]
    application.hidden_words = list(dict.fromkeys([*application.hidden_words, *new]))
    application.save(update_fields=["hidden_words"])
    make_blind([application])
    BlindCopy.objects.filter(application=application).update(suspended=False)
    LeakReport.objects.filter(assignment__application=application, settled_at=None).update(settled_at=timezone.now())
    return application
