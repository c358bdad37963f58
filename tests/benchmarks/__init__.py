"""The speed table of the portal: every row a ratio against a floor that is measured in the same run."""

ROW_MODULES = ("rebuild", "approval", "cells", "boards", "workbook", "scoring", "ranking")
