"""The words that tell who an application is from: its units under all their names, their people, what it declared."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from districts.models import Affiliation, District, Office, Unit
from districts.pinyin import keys_of
from portal.audit.models import Change
from projects.selection.models import Application, Attachment, QuestionKind, Version
from projects.selection.reading import GPS
from projects.selection.rules.redaction import Redactor, Word, variants
from schools.party.models import PartyOrganisation
from schools.registry.models import Campus, School


def list_attachments(versions: Iterable[Version]) -> list[Attachment]:
    """Files of these versions with what the leak check said, in the order of the form."""
    rows = Attachment.objects.filter(version__in=list(versions)).select_related("blind").order_by("question", "id")
    return list(rows)


def latest_versions(applications: Sequence[Application]) -> dict[int, Version]:
    """The newest frozen version of each: what was handed in and stands."""
    rows = Version.objects.filter(application__in=applications, frozen_at__isnull=False)
    return {v.application_id: v for v in rows.order_by("application_id", "-number").distinct("application_id")}


def list_redactors(applications: Sequence[Application], versions: dict[int, Version]) -> dict[int, Redactor]:
    """One redactor for each application, in a constant number of queries. Needs `school`, `round` selected."""
    known = _known({application.school_id for application in applications})
    questions = {}
    for application in applications:
        if application.round_id not in questions:
            rows = application.round.questions.filter(kind=QuestionKind.NAMES)
            questions[application.round_id] = {q.code: q.title for q in rows}
    redactors = {}
    for application in applications:
        words = [
            *_words_of_units(known, application),
            *_own_words(application),
            *_declared(versions.get(application.pk), questions[application.round_id]),
        ]
        redactors[application.pk] = Redactor(words, contact=_("联系方式已隐去"))
    return redactors


@dataclass(slots=True)
class _Known:
    """`units`: school → unit → what kind of thing it is; of each unit its names, old ones too, and its people."""

    units: Mapping[int, dict[int, str]]
    rows: Mapping[int, Unit] = field(default_factory=dict)
    names: Mapping[int, list[str]] = field(default_factory=dict)
    people: Mapping[int, list[str]] = field(default_factory=dict)
    campuses: Mapping[int, list[str]] = field(default_factory=dict)


def _known(schools: set[int]) -> _Known:
    known = _Known(_list_units(schools))
    keys = {unit for units in known.units.values() for unit in units}
    known.rows = Unit.objects.in_bulk(keys)
    names: dict[int, list[str]] = defaultdict(list)
    for unit in known.rows.values():
        names[unit.pk] += [unit.name, unit.short_name]
    record = Change.objects.filter(subject="districts.unit", unit_id__in=keys).values_list("unit_id", "changes")
    for changed, changes in record:
        # [before, after]; what a unit is called today stands in its row.
        names[changed or 0] += [changes[column][0] for column in ("name", "short_name") if column in changes]
    people: dict[int, list[str]] = defaultdict(list)
    for unit_id, name in Office.objects.filter(unit__in=keys).values_list("unit_id", "user__display_name"):
        people[unit_id].append(name)
    campuses: dict[int, list[str]] = defaultdict(list)
    for school_id, name, address in Campus.objects.filter(school__in=keys).values_list("school_id", "name", "address"):
        campuses[school_id] += [name, address]
    known.names = {unit_id: [name for name in found if name] for unit_id, found in names.items()}
    known.people, known.campuses = people, campuses
    return known


def _list_units(schools: set[int]) -> dict[int, dict[int, str]]:
    """Schools that went into it, districts and zones of all times, groups and Party organisations, for each school."""
    units: dict[int, dict[int, str]] = {pk: {pk: _("校名已隐去")} for pk in schools}
    # Who went into a school that went into it: four mergers deep.
    origin = {pk: {pk} for pk in schools}
    for _generation in range(4):
        links = School.objects.filter(successors__in=origin).values_list("successors", "pk")
        following: dict[int, set[int]] = defaultdict(set)
        for successor, old in links:
            for school in origin[successor]:
                units[school][old] = _("校名已隐去")
                following[old].add(school)
        origin = following
    owners: dict[int, set[int]] = defaultdict(set)
    for school, held in units.items():
        for unit in held:
            owners[unit].add(school)
    everybody = list(owners)
    places, branches = School.objects.filter(pk__in=everybody), PartyOrganisation.objects.all()
    found: list[tuple[str, Iterable[tuple[int, int | None]]]] = [
        (_("区县已隐去"), places.values_list("pk", "district")),
        (_("区县已隐去"), places.values_list("pk", "location_district")),
        (_("区县已隐去"), Affiliation.objects.filter(unit__in=everybody).values_list("unit", "district")),
        (_("片区已隐去"), places.values_list("pk", "zone")),
        (_("片区已隐去"), Affiliation.objects.filter(unit__in=everybody).values_list("unit", "zone")),
        (_("集团已隐去"), places.values_list("pk", "group")),
        (_("党组织已隐去"), branches.filter(school__in=everybody).values_list("school", "pk")),
        (_("党组织已隐去"), branches.filter(also_serves__in=everybody).values_list("also_serves", "pk")),
    ]  # fmt: skip
    for kind, pairs in found:
        for held_by, other in pairs:
            if other is not None:
                for owner in owners[held_by]:
                    units[owner].setdefault(other, kind)
    _add_former_districts(units)
    return units


def _add_former_districts(units: dict[int, dict[int, str]]) -> None:
    """A district that went into another is still what people call the place."""
    held = {unit for found in units.values() for unit in found}
    links = list(District.objects.filter(successors__in=held).values_list("successors", "pk"))
    for found in units.values():
        for new, old in links:
            if new in found:
                found.setdefault(old, _("区县已隐去"))


def _words_of_units(known: _Known, application: Application) -> Iterable[Word]:
    own = {application.district_id: _("区县已隐去"), **known.units[application.school_id]}
    places = {name for unit, kind in own.items() if kind == _("区县已隐去") for name in known.names.get(unit, [])}
    for unit_id, kind in own.items():
        forms = {form for name in known.names.get(unit_id, []) for form in _forms(name, kind, places)}
        for text in forms:
            yield Word(text, kind)
            # Also in Latin letters: an address, a file, a system account.
            yield Word(keys_of(text)[0], kind)
        if kind == _("校名已隐去"):
            for text in forms:
                yield Word(keys_of(text)[1], kind)
        if unit_id in known.rows:
            yield Word(known.rows[unit_id].code, kind)
        for name in known.people.get(unit_id, []):
            yield Word(name, _("姓名已隐去"))
        for name in known.campuses.get(unit_id, []):
            yield Word(name, _("校区已隐去"))


def _forms(name: str, kind: str, places: set[str]) -> set[str]:
    """Short forms of what is named after a place or a person; a branch or zone is called by its whole name."""
    if kind in (_("党组织已隐去"), _("片区已隐去")):
        return {name, name.replace("中共", "").replace("中国共产党", "")}
    return variants(name, drop=places)


def _own_words(application: Application) -> Iterable[Word]:
    town = application.school.town
    for text in {town, *variants(town)} if town else ():
        yield Word(text, _("区县已隐去"))
    if application.subject_title:
        yield Word(application.subject_title, _("名称已隐去"))
    yield Word(GPS, _("拍摄地点"))
    for text in application.hidden_words:
        yield Word(text, _("已隐去"))


def _declared(version: Version | None, titles: dict[str, str]) -> list[Word]:
    if version is None:
        return []
    return [
        Word(name, _("%s已隐去") % title) for code, title in titles.items() for name in version.answers.get(code, [])
    ]
