"""Reading uploaded workbooks, whatever they hold. Knows files, sheets and cells, and nothing of what is in them.

safety   is this file a workbook that may be opened at all
markup   what calamine does not tell: formulas without a value, error cells, the extent of a sheet
cells    names of cells, texts and codes out of cells
opening  bytes → one sheet, or a DomainError that says what else the file is
"""
