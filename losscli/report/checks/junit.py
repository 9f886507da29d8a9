"""JUnit XML, which every CI reads: a suite of cases, one a condition of a check."""

from __future__ import annotations

from xml.etree import ElementTree as Tree

from losscli.checks.verdict import FAIL, Checked, Condition, Verdicts
from losscli.report.numbers import plain, shortest


def render(verdicts: Verdicts, digits: int) -> str:
    """One ``testcase`` a condition; what could not be computed or compared is an ``error``."""
    suite = Tree.Element("testsuite", name=plain(verdicts.source) or "losscli check")
    for one in verdicts.checks:
        _add(suite, one)
    cases = list(suite)
    counts = {word: sum(case.find(tag) is not None for case in cases) for word, tag in _KINDS.items()}
    suite.attrib |= {"tests": str(len(cases)), **{word: str(count) for word, count in counts.items()}}
    root = Tree.Element("testsuites")
    root.append(suite)
    Tree.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Tree.tostring(root, encoding="unicode") + "\n"


_KINDS = {"failures": "failure", "errors": "error"}


def _add(suite: Tree.Element, one: Checked) -> None:
    if one.error is not None:
        text = f"{one.error.message} {one.error.hint}".strip()
        _told(_case(suite, one, one.loss), "error", text)
    for condition in one.conditions:
        _judged(suite, one, condition, "")
    for group in one.groups:
        for condition in group.conditions:
            _judged(suite, one, condition, f" [{group.label}]")


def _judged(suite: Tree.Element, one: Checked, condition: Condition, group: str) -> None:
    limit = condition.limit if isinstance(condition.limit, str) else shortest(condition.limit).removesuffix(".0")
    name = f"{one.loss} {condition.condition} {limit}{group}"
    case = _case(suite, one, name, {"value": shortest(condition.value), **_signature(one)})
    if condition.verdict == FAIL:
        _told(case, "failure", condition.message)


def _case(suite: Tree.Element, one: Checked, name: str, properties: dict[str, str] | None = None) -> Tree.Element:
    case = Tree.SubElement(suite, "testcase", classname=plain(one.name), name=plain(name))
    if one.where:
        path, _, line = one.where.rpartition(":")
        case.attrib |= {"file": path, "line": line}
    if properties:
        inner = Tree.SubElement(case, "properties")
        for key, value in properties.items():
            Tree.SubElement(inner, "property", name=key, value=plain(value))
    return case


def _told(case: Tree.Element, tag: str, text: str) -> None:
    # GitLab shows an element's text, Jenkins its message.
    Tree.SubElement(case, tag, message=plain(text)).text = plain(text)


def _signature(one: Checked) -> dict[str, str]:
    return {} if one.result is None else {"signature": one.result.signature}
