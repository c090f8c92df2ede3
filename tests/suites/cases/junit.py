"""Prints `CASE<TAB>OUTCOME` for each case of a JUnit file: python3 junit.py FILE.

A case is named by what its runner takes to run it alone: the part in parentheses of `name (id)`, or of
Go's and others' files the name itself.
"""
import re
import sys
import xml.etree.ElementTree as tree

for case in tree.parse(sys.argv[1]).iter("testcase"):
    name = case.get("name")
    found = re.search(r"\(([\w.]+)\)", name)
    kinds = {child.tag for child in case}
    outcome = next((k for k in ("error", "failure", "skipped") if k in kinds), case.get("result", "completed"))
    print(found.group(1) if found else name, outcome, sep="\t")
