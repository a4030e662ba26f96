"""What the paired tests of a question come to, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import fmean

from tailmark.report.answer import Answer
from tailmark.report.asked import Asked
from tailmark.report.contest import Contest
from tailmark.report.words import listed, metric, plural

MOSTLY = 4  # tests that went one way, for each that went the other


def overall(asked: Asked, answers: Sequence[Answer], noted: list[str]) -> Iterator[str]:
    """The answer itself first, then what it rests on."""
    main = [answer.contest for answer in answers if answer.main]
    tested = [met for met in main if met.tested]
    if not tested:
        yield f"Not answerable: no split has {asked.who} and a rival on two seeds in common."
        return
    if asked.decided_by:
        yield from _plainly(asked, [answer for answer in answers if answer.main])
    elif len(asked.metrics) > 1:
        yield from _by_metric(asked, answers)
    else:
        yield in_short(tested, asked.who)
        yield _by_place(tested, asked.who)
        rivals = [rival.name for rival in asked.rivals]
        yield _by_rival([answer for answer in answers if answer.main], rivals)
    untested = {met.place[:3] for met in main} - {met.place[:3] for met in tested}
    if untested:
        yield f"On {plural(len(untested), 'more split')} there is one seed, which allows no test."
    if noted:
        yield f"Counted too, each with a note of its own to read first: {listed(noted, most=12)}."
    yield from _of_variant(asked, [answer for answer in answers if not answer.main])


def _of_variant(asked: Asked, answers: Sequence[Answer]) -> Iterator[str]:
    tested = [answer.contest for answer in answers if answer.contest.tested]
    if asked.variant and tested:
        if asked.decided_by:
            said = [f"{sentence[0].lower()}{sentence[1:]}" for sentence in _plainly(asked, answers)]
        else:
            said = [in_short(tested, "it")]
        yield from (f"{asked.variant.said}: {sentence}" for sentence in said)


def _plainly(asked: Asked, answers: Sequence[Answer]) -> Iterator[str]:
    """'Yes, by macro F1: against a mdgm wins 3 and loses 0 of 4 paired tests, 1 is open; on average +2.0 points.'"""
    for name in asked.metrics:
        mine = [answer for answer in answers if answer.metric == name]
        ended = [end for rival in asked.decided_by for end in against(mine, rival)]
        by, rivals = metric(name), listed(list(asked.decided_by))
        if not ended:
            yield f"Not answerable by {by.prose}: {asked.who} and {rivals} have no two seeds in common."
            continue
        won, lost, still_open = (ended.count(kind) for kind in ("won", "lost", "open"))
        met = [duel for one in mine for rival in asked.decided_by if (duel := one.duel(rival))]
        differences = [duel.difference for duel in met if duel.difference.n > 1]
        mean = by.difference(fmean(of.mean for of in differences))
        yield (
            f"{verdict(won, lost, len(ended))}, by {by.prose}: against {rivals} {asked.who} wins {won} and loses "
            f"{lost} of {plural(len(ended), 'paired test')}, {still_open} {'is' if still_open == 1 else 'are'} open; "
            f"on average {mean} {by.unit} (n = {_seeds([of.n for of in differences])})."
        )
        if len(asked.decided_by) > 1:
            yield _by_rival(mine, asked.decided_by)


def verdict(won: int, lost: int, tests: int) -> str:
    """Half of the tests make a yes or a no; some that went the other way leave it less than plain, as does one test."""
    for word, mine, others in (("yes", won, lost), ("no", lost, won)):
        if mine and 2 * mine >= tests and mine >= MOSTLY * others:
            if tests == 1:
                return f"In the one test that was made {word}"
            return f"Mostly {word}" if others else word.capitalize()
    return "It depends" if won and lost else "Cannot be told"


def _by_metric(asked: Asked, answers: Sequence[Answer]) -> Iterator[str]:
    for name in asked.metrics:
        met = [answer.contest for answer in answers if answer.metric == name and answer.contest.tested]
        n = _seeds([contest.n for contest in met])
        yield f"{in_short(met, asked.who, f' of {metric(name).prose}').removesuffix('.')} (n = {n})."
    first = asked.rivals[0].name
    ended = {name: against([a for a in answers if a.metric == name], first) for name in asked.metrics}
    told = [f"{tally(ends)} by {metric(name).prose}" for name, ends in ended.items() if ends]
    if told:
        yield f"Against {first} alone: {'; '.join(told)}."


def _seeds(counts: Sequence[int]) -> str:
    """'5', '3 to 5'."""
    return " to ".join(str(n) for n in dict.fromkeys((min(counts), max(counts))))


def in_short(met: Sequence[Contest], who: str, of: str = "") -> str:
    """'In 3 paired comparisons MGVAE is shown to win 1 and to lose 1; 1 cannot be told apart.'"""
    won, lost, still_open = (sum(len(getattr(c, name)) for c in met) for name in ("won", "lost", "open"))
    total = won + lost + still_open
    return (
        f"In {plural(total, 'paired comparison')}{of} {who} is shown to win {won} and to lose {lost}; {still_open} "
        "cannot be told apart."
    )


def _by_place(met: list[Contest], who: str) -> str:
    """'MGVAE beats 3 of 5 rivals on 2 splits and none of 5 on 1 split.'"""
    counts = Counter((len(c.won), c.tested) for c in met)
    parts = [
        f"{won or 'none'} of {plural(of, 'rival')} on {plural(splits, 'split')}"
        for (won, of), splits in sorted(counts.items(), reverse=True)
    ]
    return f"{who} beats {listed(parts, most=12)}."


def _by_rival(answers: Sequence[Answer], rivals: Sequence[str]) -> str:
    """'Against smote: 0 won, 1 lost, 3 open.'"""
    parts = [f"{rival} {tally(said)}" for rival in rivals if (said := against(answers, rival))]
    return f"Against {'; against '.join(parts)}."


def against(answers: Sequence[Answer], rival: str) -> list[str]:
    """How each duel with one rival ended: won, lost or open; duels of one seed are left out."""
    met = [(answer.contest, answer.rivals[rival]) for answer in answers if rival in answer.rivals]
    return [kind for c, label in met for kind in ("won", "lost", "open") if label in getattr(c, kind)]


def tally(ended: Sequence[str]) -> str:
    """'0 won, 1 lost, 3 open'."""
    return ", ".join(f"{ended.count(kind)} {kind}" for kind in ("won", "lost", "open"))
