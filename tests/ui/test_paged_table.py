"""The table that holds only what was scrolled to."""

from __future__ import annotations

from typing import Any

from rich.text import Text
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from prelabel_tui.widgets.tables.paged_table import Column, PagedTable, Row

PAGE = 50
TOTAL = 100_000
COLUMNS = (
    Column("Name", 10),
    Column("Wide", 10, share=1),
    Column("Gone first", 20, drop=2),
    Column("Right", 6, right=True, drop=1),
)


class Host(App[None]):
    """A table over very many rows, of which pages are handed out when asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.pages = 0
        self.moved: list[object] = []

    def compose(self) -> ComposeResult:
        """The table."""
        yield PagedTable(COLUMNS, empty="Nothing here.")

    def on_paged_table_wanted(self) -> None:
        """The next page; every tenth row is a heading."""
        table = self.query_one(PagedTable)
        start = self.pages * PAGE
        rows = [
            Row(n, heading=Text(f"group {n}"))
            if n % 10 == 0
            else Row(n, (f"row {n}", "x", "y", "1"))
            for n in range(start, start + PAGE)
        ]
        self.pages += 1
        table.append(rows, more=self.pages * PAGE < TOTAL)

    def on_paged_table_moved(self, event: PagedTable.Moved) -> None:
        """Where the cursor is."""
        self.moved.append(event.row.key if event.row else None)


def lines(pilot: Pilot[Any]) -> list[str]:
    """What the table paints."""
    table = pilot.app.query_one(PagedTable)
    return [table.render_line(y).text for y in range(table.size.height)]


async def test_it_never_holds_more_than_was_looked_at() -> None:
    app = Host()
    async with app.run_test(size=(60, 20)) as pilot:
        table = app.query_one(PagedTable)
        table.set_rows([], more=True)
        await pilot.pause()
        assert app.pages == 1
        for _ in range(5):
            table.page(1)
            await pilot.pause()
        assert len(table.rows) <= 3 * PAGE
        table.move_to(len(table.rows) - 1)
        await pilot.pause()
        assert len(table.rows) <= 4 * PAGE


async def test_headings_are_passed_over_and_stay_in_sight() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        table = app.query_one(PagedTable)
        table.set_rows([], more=True)
        await pilot.pause()
        assert table.row is not None
        assert table.row.key == 1
        table.move(9)
        assert table.row.key == 11
        table.move(-9)
        table.move(-5)
        assert table.row.key == 1
        await pilot.pause()
        assert "group 0" in lines(pilot)[1]


async def test_narrow_tables_leave_out_columns_in_order() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        table = app.query_one(PagedTable)
        await pilot.pause()
        titles = [column.title for _, column, _ in table.layout_columns(59)]
        assert titles == ["Name", "Wide", "Gone first", "Right"]
        assert [column.title for _, column, _ in table.layout_columns(40)] == [
            "Name", "Wide", "Right",
        ]  # fmt: skip
        assert [column.title for _, column, _ in table.layout_columns(26)] == ["Name", "Wide"]
        assert sum(width + 2 for _, _, width in table.layout_columns(59)) <= 59


async def test_the_cursor_stays_on_its_row_when_rows_come_and_go() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        table = app.query_one(PagedTable)
        rows = [Row(n, (f"row {n}",)) for n in range(20)]
        table.set_rows(rows)
        table.move_to(7)
        table.set_rows([Row("new", ("new",)), *rows])
        assert table.row is not None
        assert table.row.key == 7
        table.set_rows(rows[:5])
        assert table.row is not None
        assert table.row.key == 4
        table.set_rows([])
        assert table.row is None
        await pilot.pause()
        assert "Nothing here." in lines(pilot)[1]


async def test_the_same_rows_again_paint_nothing() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        table = app.query_one(PagedTable)
        table.set_rows([Row(n, (Text(f"row {n}", "bold"),), n) for n in range(20)])
        await pilot.pause()
        said = len(app.moved)
        table.set_rows([Row(n, (Text(f"row {n}", "bold"),), n) for n in range(20)])
        await pilot.pause()
        assert len(app.moved) == said


async def test_text_from_outside_is_cut_and_cleaned() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        table = app.query_one(PagedTable)
        table.set_rows([Row(1, ("[b]x[/]\x1b[2J\n", "宽" * 40))])
        await pilot.pause()
        line = lines(pilot)[1]
        assert "[b]x[/]�[…" in line
        assert "\x1b" not in line
        assert all(table.render_line(y).cell_length == table.size.width for y in range(3))
