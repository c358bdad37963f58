"""`options_in_place`: the same state, the same statements, without rendering the neighbours of a model anew."""

from collections.abc import Iterator

import pgtrigger
import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger

from portal.migrating import IN_PLACE, options_in_place

OPERATIONS = (
    migrations.AddConstraint("house", models.CheckConstraint(condition=models.Q(rooms__gt=0), name="house_has_rooms")),
    migrations.AddIndex("house", models.Index(fields=["rooms"], name="house_by_rooms")),
    AddTrigger("house", pgtrigger.Protect(name="stays", operation=pgtrigger.Delete)),
)


@pytest.fixture
def town() -> ProjectState:
    """A house in a street, both rendered."""
    state = ProjectState()
    key = models.BigAutoField(primary_key=True)
    for operation in (
        migrations.CreateModel("street", [("id", key)]),
        migrations.CreateModel(
            "house",
            [
                ("id", key.clone()),
                ("rooms", models.IntegerField()),
                ("street", models.ForeignKey("street", models.CASCADE)),
            ],
        ),
    ):
        operation.state_forwards("accounts", state)
    assert state.apps
    return state


@pytest.fixture(params=[False, True], ids=["as django does it", "in place"])
def in_place(request: pytest.FixtureRequest) -> Iterator[bool]:
    if not request.param:
        yield False
        return
    with options_in_place():
        yield True


def test_state_and_rendered_model_have_the_options_and_the_neighbour_is_rendered_anew_only_by_django(
    town: ProjectState, in_place: bool
) -> None:
    street = town.apps.get_model("accounts", "street")
    for operation in OPERATIONS:
        operation.state_forwards("accounts", town)
    options = town.models["accounts", "house"].options
    meta = town.apps.get_model("accounts", "house")._meta
    for found in (
        [row.name for row in options["constraints"]], [row.name for row in meta.constraints],
    ):  # fmt: skip
        assert found == ["house_has_rooms"]
    assert [row.name for row in options["indexes"]] == [row.name for row in meta.indexes] == ["house_by_rooms"]
    assert [row.name for row in options["triggers"]] == ["stays"]
    assert (town.apps.get_model("accounts", "street") is street) == in_place


def test_a_state_that_is_rendered_later_has_them_too(town: ProjectState, in_place: bool) -> None:
    for operation in OPERATIONS:
        operation.state_forwards("accounts", town)
    later = ProjectState(models={key: model.clone() for key, model in town.models.items()})
    meta = later.apps.get_model("accounts", "house")._meta
    assert [row.name for row in meta.constraints] == ["house_has_rooms"]
    assert [row.name for row in meta.indexes] == ["house_by_rooms"]


@pytest.mark.django_db
def test_the_statements_are_the_same(town: ProjectState, in_place: bool) -> None:
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        for operation in OPERATIONS[:2]:
            before = town.clone()
            operation.state_forwards("accounts", town)
            operation.database_forwards("accounts", editor, before, town)
    assert editor.collected_sql == [
        'ALTER TABLE "accounts_house" ADD CONSTRAINT "house_has_rooms" CHECK ("rooms" > 0);',
        'CREATE INDEX "house_by_rooms" ON "accounts_house" ("rooms");',
    ]


def test_afterwards_django_is_itself_again() -> None:
    theirs = [getattr(owner, name) for owner, name, _ours in IN_PLACE]
    with options_in_place():
        assert [getattr(owner, name) for owner, name, _ours in IN_PLACE] == [ours for _o, _n, ours in IN_PLACE]
    assert [getattr(owner, name) for owner, name, _ours in IN_PLACE] == theirs
