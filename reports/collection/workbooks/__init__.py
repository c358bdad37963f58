"""Excel in and out of the collection: one layout, a writer, a careful reader, and the plan of an import.

    layout    where things stand in the workbook; shared by writer and reader
    writing   template and export (the same file)
    reading   bytes → Book, without the database
    planning  Book against the returns → changes and problems, without writing

Whether a file may be opened at all, and what its cells are called, is asked of portal.workbooks. Writes are in
services/workbooks.py, reads of the database in selectors/workbooks.py.
"""
