"""The words that tell who an application is from: names of its units in every form, and names that it declared."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from districts.models import Office, Unit
from projects.selection.models import Application, Attachment, QuestionKind, Version
from projects.selection.rules.redaction import Redactor, Word, variants
from schools.party.models import PartyOrganisation
from schools.registry.models import Campus


def list_attachments(versions: Iterable[Version]) -> list[Attachment]:
    """Files of these versions with what the leak check said, in the order of the form."""
    rows = Attachment.objects.filter(version__in=list(versions)).select_related("blind").order_by("question", "id")
    return list(rows)


def latest_versions(applications: Sequence[Application]) -> dict[int, Version]:
    """The newest frozen version of each: what was handed in and stands."""
    rows = Version.objects.filter(application__in=applications, frozen_at__isnull=False)
    return {v.application_id: v for v in rows.order_by("application_id", "-number").distinct("application_id")}


def list_redactors(applications: Sequence[Application], versions: dict[int, Version]) -> dict[int, Redactor]:
    """One redactor for each application. Needs `school__district`, `school__group`, `round` selected."""
    schools = {application.school_id for application in applications}
    extra: dict[int, list[Word]] = {pk: [] for pk in schools}
    for school_id, name in PartyOrganisation.objects.filter(school__in=schools).values_list("school_id", "name"):
        extra[school_id].append(Word(name, _("党组织已隐去")))
    for school_id, name in Campus.objects.filter(school__in=schools).values_list("school_id", "name"):
        extra[school_id].append(Word(name, _("校区已隐去")))
    links = Unit.objects.filter(as_school__successors__in=schools).values_list("as_school__successors", "name")
    for successor, name in links:
        extra[int(str(successor))].append(Word(name, _("校名已隐去")))
    people = Office.objects.filter(unit__in=schools).values_list("unit_id", "user__display_name")
    for school_id, name in people:
        extra[school_id].append(Word(name, _("姓名已隐去")))
    questions = {}
    for application in applications:
        if application.round_id not in questions:
            rows = application.round.questions.filter(kind=QuestionKind.NAMES)
            questions[application.round_id] = {q.code: q.title for q in rows}
    return {
        a.pk: Redactor([*_own_words(a), *extra[a.school_id], *_declared(versions.get(a.pk), questions[a.round_id])])
        for a in applications
    }


def _own_words(application: Application) -> list[Word]:
    school, district = application.school, application.district
    places = {district.name, *variants(district.name), school.town, *variants(school.town or "")}
    found = [Word(text, _("区县已隐去")) for text in places if text]
    found += [Word(text, _("校名已隐去")) for text in _names(school, drop=places)]
    found += [Word(text, _("校名已隐去")) for text in (school.code, school.pinyin)]
    if school.group:
        found += [Word(text, _("集团已隐去")) for text in _names(school.group, drop=places)]
    if application.subject_title:
        found.append(Word(application.subject_title, _("名称已隐去")))
    return found + [Word(text, _("已隐去")) for text in application.hidden_words]


def _names(unit: Unit, *, drop: Iterable[str]) -> set[str]:
    return variants(unit.name, drop=drop) | (variants(unit.short_name, drop=drop) if unit.short_name else set())


def _declared(version: Version | None, titles: dict[str, str]) -> list[Word]:
    if version is None:
        return []
    return [
        Word(name, _("%s已隐去") % title) for code, title in titles.items() for name in version.answers.get(code, [])
    ]
