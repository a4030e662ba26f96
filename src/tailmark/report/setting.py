"""What was run, in a researcher's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tailmark.report.balance import setting as of_views
from tailmark.report.content import Content
from tailmark.report.missing import planned, runs_planned
from tailmark.report.semi import has_few_labels
from tailmark.report.semi import setting as few_labels
from tailmark.report.words import listed, plural

if TYPE_CHECKING:
    from tailmark.params import Suite

AUGMENTED = {
    "flips": "images mirrored at random in training",
    "crops": "images shifted at random in training, grey ones turned, coloured ones changed in colour",
    "resized": "coloured images cut to a random part and mirrored at random in training",
}


def strapline(content: Content, planned: int) -> str:
    """The report in one line, under its title."""
    params = content.params
    return (
        f"The {params.tier} tier: {plural(len(params.suites), 'suite')}, "
        f"{plural(len(_methods(content)), 'method')}, {plural(planned, 'run')}"
    )


def facts(content: Content) -> list[tuple[str, str]]:
    """Terms and texts of the card 'What was run'."""
    params, records = content.params, content.records
    datasets = dict.fromkeys(suite.dataset for suite in params.suites.values())
    absent = sum(len(cell.seeds) for cell in content.missing)
    runs = runs_planned(params)
    seeds = sorted({len(suite.seeds) for suite in params.suites.values()})
    return [
        ("Tier", params.tier),
        ("Suites", listed(list(params.suites), most=12)),
        ("Datasets", listed(list(datasets), most=12)),
        ("Methods", listed(_methods(content), most=16)),
        ("Seeds", " to ".join(str(n) for n in dict.fromkeys((seeds[0], seeds[-1]))) + " a cell"),
        ("Runs", f"{runs - absent:,} of {runs:,} done" if absent else f"all {runs:,} done"),
        ("Training", f"{duration(records.seconds)} of computing for the classifiers in all"),
        ("Ran on", listed(list(records.environments)) or "unknown: the run files are gone"),
    ]


def _methods(content: Content) -> list[str]:
    return list(dict.fromkeys(m.label for suite in content.params.suites.values() for m in suite.methods))


def duration(seconds: float) -> str:
    """'41 s', '20.6 min', '3.4 h'."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def setting(suite: Suite) -> str:
    """On what data and how a suite was trained, in a sentence or two."""
    parts = (
        *((views(suite),) if suite.views else ()),
        *(network(suite), schedule(suite), generators(suite), changes(suite)),
        *(few_labels.said(suite) if has_few_labels(suite) else of_views.said(suite)),
        cost(suite),
    )
    data = f"{suite.dataset}: {suite.stand_in.rstrip('.')}" if suite.stand_in else suite.dataset
    return f"{data}. {'; '.join(part for part in parts if part)}."


def views(suite: Suite) -> str:
    """'Views mnist and svhn'."""
    return f"Views {listed(list(suite.views))}"


def generators(suite: Suite) -> str:
    """What all generators of the suite were given instead of their published settings."""
    given = [f"{name.replace('_', ' ')} {value:,}" for name, value in suite.generators.given().items()]
    return f"generators set to {listed(given)}" if given else ""


def network(suite: Suite) -> str:
    """'MLP 256-128', 'ResNet-20'; of several views their encoders, which all methods have."""
    if suite.views:
        return encoders(suite)
    if suite.network.name == "resnet20":
        return "ResNet-20"
    return f"MLP {'-'.join(map(str, suite.network.hidden))}"


def encoders(suite: Suite) -> str:
    """'encoders of 16-32 channels with 3x3 kernels, 64 features an image', or 'encoders ResNet-18'.

    What tables get is said where the suite says it; a suite that says nothing else has tables alone.
    """
    sizes = suite.encoders
    first = f", after averaging squares of {sizes.shrink}x{sizes.shrink} pixels" if sizes.shrink > 1 else ""
    if sizes.network == "resnet18":
        return f"encoders ResNet-18{first}, 512 features an image"
    given = sizes.model_fields_set
    if given == {"columns"}:
        return f"encoders of {sizes.columns} features a table"
    return (
        f"encoders of {'-'.join(map(str, sizes.channels))} channels with {sizes.kernel}x{sizes.kernel} kernels{first}, "
        f"{sizes.hidden} features an image" + (f", {sizes.columns} a table" if "columns" in given else "")
    )


def schedule(suite: Suite) -> str:
    """How long and how fast."""
    s = suite.schedule
    decays = s.decay != 1 or not suite.views
    more = f", times {s.decay:g} an epoch" if decays else ""
    more += ", steps matched" if s.match_steps else ""
    more += "".join(f", a tenth of it after {100 * share:g} % of the steps" for share in s.drops)
    more += f", weight decay {s.weight_decay:g}" if s.weight_decay else ""
    more += ", mirrored at random" if s.flip else ""
    more += f", gradients no longer than {s.clip:g}" if s.clip is not None else ""
    by = ", SGD with momentum 0.9" if s.optimiser == "sgd" else ""
    length = plural(s.steps, "step") if s.steps else plural(s.epochs, "epoch")
    return f"{length}, batch {s.batch}{by}, learning rate {s.learning_rate:g}{more}"


def changes(suite: Suite) -> str:
    """What is done to the samples of several views."""
    said = [AUGMENTED[suite.augment]] if suite.augment != "none" else []
    if suite.degraded:
        said.append(
            f"in {100 * suite.degraded:g} % of the samples one view is noise, in training and test alike"
        )
    return "; ".join(said)


def cost(suite: Suite) -> str:
    """How many seeds; where one training is tested on several mixes, also how many runs that makes."""
    seeds, mixes = plural(len(suite.seeds), "seed"), max(len(getattr(s, "mixes", ())) for s in suite.splits)
    if not suite.views:
        return seeds
    runs = plural(len(planned(suite)) * len(suite.seeds), "run")
    return f"{seeds}; {runs}" + (f", each trained once and tested on {mixes} mixes" if mixes > 1 else "")


def provenance(content: Content) -> list[dict[str, str]]:
    """One line a suite and split."""
    lines = []
    for name, suite in content.params.suites.items():
        for split in suite.splits:
            test = content.records.test_counts.get((name, split.id), {})
            lines.append(
                {
                    "suite": name,
                    "dataset": suite.dataset,
                    "split": split.id,
                    "train": _trained(content, name, split.id),
                    "test": "; ".join(f"{mix}: {_counts(counts)}" for mix, counts in test.items()),
                    "network": network(suite),
                    "schedule": schedule(suite),
                    "seeds": _seeds(suite.seeds),
                }
            )
    return lines


def _seeds(seeds: tuple[int, ...]) -> str:
    """'0 to 4' where none is left out."""
    run = list(range(min(seeds), max(seeds) + 1))
    return f"{run[0]} to {run[-1]}" if list(seeds) == run and len(run) > 1 else ", ".join(map(str, seeds))


def _trained(content: Content, suite: str, split: str) -> str:
    """With few labels also how many samples of each class are in the pool."""
    trained = _counts(content.records.train_counts.get((suite, split), ()))
    pool = next((one.pool_counts for one in content.records.kept_of(suite, split) if one.has_pool), ())
    return f"{trained}; pool without labels: {_counts(pool)}" if pool else trained


def _counts(counts: tuple[int, ...]) -> str:
    return (
        f"{len(counts)} x {counts[0]}"
        if len(set(counts)) == 1 and len(counts) > 2
        else " ".join(map(str, counts))
    )
