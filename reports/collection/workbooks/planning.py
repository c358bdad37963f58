"""Book against returns: what would change, and what stands in the way. Pure: no database here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from portal.workbooks.cells import position
from reports.collection.checks import check_changes
from reports.collection.models import Return, ReturnStatus
from reports.collection.numbers import Unreadable, read_cell
from reports.collection.rules import is_open_for_filling, is_verdict_open
from reports.indicators.models import Indicator, Origin

from .layout import Book, Line, Located, Problem, StoredCell

LONGEST_REMARK = 2000
MOST_WORDS = 40


NOTHING = StoredCell(None)
# What ImportBatch keeps of a change, see there.
COLUMNS = ("r", "i", "c", "n", "q", "m", "o", "p", "w")


@dataclass(slots=True)
class Standing:
    """One school's return as it is now, and whether the importer may fill it."""

    record: Return
    may_import: bool
    # Taken before the cells were read: if something came between, confirming refuses rather than overwrites.
    fingerprint: str = ""
    cells: dict[str, StoredCell] = field(default_factory=dict)


@dataclass(slots=True)
class Frame:
    """What the file is compared with: the form's fields by code and the returns by school code."""

    form_code: str
    form_title: str
    period_code: str
    period_name: str
    unit_code: str
    unit_name: str
    is_district: bool
    fields: dict[str, Indicator]
    standings: dict[str, Standing]


@dataclass(slots=True)
class Plan:
    """`changes` one by one, in the letters of ImportBatch; `touched` are the returns that would change.

    `numbers`: touched return → its numbers as they would stand; `lines`: touched return → its line of the file.
    """

    changes: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    unchanged: int = 0
    numbers: dict[int, dict[str, Decimal | None]] = field(default_factory=dict)
    lines: dict[int, Line] = field(default_factory=dict)


def as_columns(changes: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Changes as ImportBatch keeps them: letter → one entry per change, without the letters that no change has."""
    used = set().union(*changes)
    return {letter: [change.get(letter) for change in changes] for letter in COLUMNS if letter in used}


def as_changes(columns: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
    """The changes one by one again; what is empty is left out."""
    for row in zip(*columns.values(), strict=True):
        yield {letter: entry for letter, entry in zip(columns, row, strict=True) if entry is not None}


def plan_import(book: Book, frame: Frame) -> Plan:
    """Compare every cell of the book with the stored one, by the rules of the entry page.

    A file of another form, period, unit or layout yields only that problem: its cells would be compared with the wrong
    ones. Otherwise every problem of every cell is listed.
    """
    plan = Plan(notices=list(book.notices))
    if wrong := _wrong_file(book, frame):
        plan.problems = wrong
        return plan
    plan.problems = [*_with_names(book.problems, frame), *_wrong_columns(book, frame, plan.notices)]
    faulty = {problem.cell for problem in plan.problems}
    typed = _typed(frame)
    seen: dict[str, Line] = {}
    for line in book.lines:
        standing = _standing_of(line, book, frame, seen, plan, faulty)
        if standing is not None:
            _plan_school(line, standing, book, frame, typed, plan)
    if frame.is_district and (absent := len(frame.standings.keys() - seen.keys())):
        plan.notices.append(_("文件里没有本区县的 %d 所学校，它们保持不变。") % absent)
    plan.problems.sort(key=lambda problem: position(problem.cell))
    return plan


def _typed(frame: Frame) -> dict[str, Indicator]:
    return {code: indicator for code, indicator in frame.fields.items() if indicator.origin == Origin.REPORTED}


def _with_names(problems: list[Problem], frame: Frame) -> list[Problem]:
    """Reading knows a school by its code only; whoever corrects the file looks for its name."""
    if not problems:
        return []
    names = {code: standing.record.school.name for code, standing in frame.standings.items()}
    return [replace(problem, school=names.get(problem.school, problem.school)) for problem in problems]


def _wrong_file(book: Book, frame: Frame) -> list[Problem]:
    if book.is_district != frame.is_district:
        kind = _("全区县的汇总表") if book.is_district else _("一所学校的填报表")
        return [Problem(book.sheet, book.unit.cell or "A1", _("这是%s，请到对应的页面导入，或重新下载模板。") % kind)]
    expected = (
        (book.form, frame.form_code, frame.form_title, _("报表")),
        (book.period, frame.period_code, frame.period_name, _("时期")),
        (book.unit, frame.unit_code, frame.unit_name, _("区县") if frame.is_district else _("学校")),
    )
    return [_mismatch(book, found, code, name, word) for found, code, name, word in expected if found.text != code]


def _mismatch(book: Book, found: Located, code: str, name: str, word: str) -> Problem:
    words = {"word": word, "found": found.text[:MOST_WORDS], "code": code, "name": name}
    if not found.text:
        message = _("文件里没有写明%(word)s代码，应为 %(code)s（%(name)s）。请用从平台下载的模板。") % words
    else:
        message = _("文件的%(word)s是 %(found)s，这里要的是 %(code)s（%(name)s）。请核对，或重新下载模板。") % words
    return Problem(book.sheet, found.cell or "A1", message)


def _wrong_columns(book: Book, frame: Frame, notices: list[str]) -> list[Problem]:
    """Missing indicators keep the file out: what is not there must not look like “not reported”."""
    missing = [f"{code}（{indicator.name}）" for code, indicator in _typed(frame).items() if code not in book.places]
    extra = [code for code in book.places if code not in frame.fields]
    if extra:
        shown = "、".join(f"{book.places[code]} {code[:MOST_WORDS]}" for code in extra[:10])
        notices.append(_("这些不是本表的指标，没有读入：%s。") % shown)
    if not missing:
        return []
    word = _("列") if book.is_district else _("行")
    message = _("缺少指标%(word)s：%(codes)s。请重新下载模板，把数值粘贴进去。")
    return [Problem(book.sheet, book.form.cell or "A1", message % {"word": word, "codes": "、".join(missing)})]


def _standing_of(
    line: Line, book: Book, frame: Frame, seen: dict[str, Line], plan: Plan, faulty: set[str]
) -> Standing | None:
    code, cell = line.school.text, line.school.cell
    standing = frame.standings.get(code)
    if code in seen:
        message = _("学校代码 %(code)s 出现了两次（%(first)s、%(second)s），请只留一行。")
        words = {"code": code, "first": seen[code].school.cell, "second": cell}
        name = standing.record.school.name if standing else code
        plan.problems.append(Problem(book.sheet, cell, message % words, name))
    elif standing is None:
        # A code that reading refused has been named already.
        if code or cell not in faulty:
            plan.problems.append(Problem(book.sheet, cell, _unknown_school(code, frame)))
    else:
        seen[code] = line
        if standing.may_import:
            return standing
        message = _("您的职务不能为这所学校导入。")
        plan.problems.append(Problem(book.sheet, cell, message, standing.record.school.name))
    return None


def _unknown_school(code: str, frame: Frame) -> str:
    if not code:
        return _("这一行没有学校代码，不知道是哪所学校。不需要的行请整行删去。")
    if frame.is_district:
        return _("学校代码 %s 不在本区县应报这张表的学校里。请核对代码，或删去这一行。") % code[:MOST_WORDS]
    return _("学校代码 %s 不对。") % code[:MOST_WORDS]


def _plan_school(
    line: Line, standing: Standing, book: Book, frame: Frame, typed: dict[str, Indicator], plan: Plan
) -> None:
    """Read, compare and check the cells of one school; its changes and problems go into the plan."""
    school = standing.record.school.name
    found, numbers = _compare_cells(line, standing, book, typed, plan)
    if found and not is_open_for_filling(standing.record):
        message = _("%(school)s的这张表现在不能改（%(why)s），文件里的数却与平台不同。请删去这一行，或重新下载后再填。")
        words = {"school": school, "why": _why_closed(standing.record)}
        plan.problems.append(Problem(book.sheet, line.school.cell, message % words, school))
        return
    if standing.record.status != ReturnStatus.DRAFT:
        plan.problems += _take_closed(found, numbers, standing, book.sheet)
    for finding in check_changes(found.keys(), numbers, frame.fields):
        if finding.blocks:
            plan.problems.append(Problem(book.sheet, found[finding.code]["c"], finding.message, school, finding.code))
        else:
            found[finding.code].setdefault("w", finding.message)
    if found:
        pk = standing.record.pk
        plan.changes += found.values()
        plan.touched.add(pk)
        plan.numbers[pk] = numbers
        plan.lines[pk] = line


def _take_closed(
    found: dict[str, dict[str, Any]], numbers: dict[str, Decimal | None], standing: Standing, sheet: str
) -> list[Problem]:
    """Take the cells out again that are closed in a returned form: one problem each."""
    problems = []
    for code, change in list(found.items()):
        stored = standing.cells.get(code)
        if is_verdict_open(standing.record.status, stored.verdict if stored else None):
            continue
        del found[code]
        numbers[code] = stored.number if stored else None
        message = _("这一格已通过，只有被退回的格可以修改。请改回 %s，或重新下载后再填。") % change.get("o", "—")
        problems.append(Problem(sheet, change["c"], message, standing.record.school.name, code))
    return problems


def _why_closed(record: Return) -> str:
    if record.status in (ReturnStatus.SUBMITTED, ReturnStatus.APPROVED):
        return str(ReturnStatus(record.status).label)
    return _("不在报送期内")


def _compare_cells(
    line: Line, standing: Standing, book: Book, typed: dict[str, Indicator], plan: Plan
) -> tuple[dict[str, dict[str, Any]], dict[str, Decimal | None]]:
    """Code → change, for the cells that can be read and differ from what is stored; and the numbers with them."""
    found: dict[str, dict[str, Any]] = {}
    return_id, stored_cells, remarks = standing.record.pk, standing.cells, line.remarks
    numbers = {code: cell.number for code, cell in stored_cells.items()}
    for code, raw in line.cells.items():
        indicator = typed.get(code)
        if indicator is None:
            continue
        try:
            number, qualifier = read_cell(raw, indicator)
        except Unreadable as error:
            problem = Problem(book.sheet, book.cell_of(line, code), str(error), standing.record.school.name, code)
            plan.problems.append(problem)
            continue
        stored = stored_cells.get(code, NOTHING)
        remark = remarks[code][:LONGEST_REMARK] if code in remarks else stored.remark
        # A Decimal takes long to see that it is no None, and most cells of a new file are not stored yet.
        same = number is None if stored.number is None else number == stored.number
        if same and qualifier == _qualifier_of(stored) and remark == stored.remark:
            plan.unchanged += 1
            continue
        numbers[code] = number
        change = found[code] = {"r": return_id, "i": indicator.id, "c": book.cell_of(line, code)}
        if number is not None:
            change["n"] = f"{number:f}"
        if qualifier:
            change["q"] = qualifier
        if remark:
            change["m"] = remark
        if stored.number is not None:
            change["o"] = f"{stored.number.normalize():f}"
        if stored.qualifier:
            change["p"] = stored.qualifier
    return found, numbers


def _qualifier_of(stored: StoredCell) -> int:
    """An empty cell has no qualifier, whatever is stored with it."""
    return 0 if stored.number is None else stored.qualifier
