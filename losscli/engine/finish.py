"""After the last block: observers finish, and what inputs look like as a whole is judged."""

from __future__ import annotations

from losscli.engine.checks import NOT_LOOKED
from losscli.engine.observers import REGIMES
from losscli.engine.outcome import Ended, Outcome
from losscli.engine.partial import Looks, Partial
from losscli.engine.prepare import Prepared, PreparedJob
from losscli.engine.suspicions import samples


def finish(prepared: Prepared, partial: Partial) -> list[Outcome]:
    """What all blocks came to, loss by loss."""
    ended = Ended(prepared, partial.rows, [Outcome(one.job) for one in prepared.jobs])
    for observer, part in zip(prepared.observers, partial.parts, strict=True):
        observer.finish(part, ended)
    for outcome, job, looks in zip(ended.outcomes, prepared.jobs, partial.looks, strict=True):
        _judge(outcome, job, looks)
    return ended.outcomes


def _judge(outcome: Outcome, job: PreparedJob, looks: Looks) -> None:
    seen = job.seen | looks.inputs
    for name, inspector in job.inspectors.items():
        look = seen.get(name, NOT_LOOKED)
        outcome.findings.extend(inspector.findings(look))
        outcome.remarks[name] = inspector.remarks(look)
    if job.together is not None:
        # Where units are counted in each part of a loss, nobody need be told that one holds them all.
        pair = looks.pair._replace(parts=None) if REGIMES in outcome.observed else looks.pair
        outcome.findings.extend(job.together.findings(pair))
    outcome.findings.extend(samples.finding(job.loss, looks.odd))
    outcome.infinite_inputs = any(look.infinite for look in seen.values())
