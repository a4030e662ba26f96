"""The audit: what it finds in print, and that it never accuses numbers that predictions really gave."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailmark import metrics
from tailmark.published import PrintedCell, PublishedTable, audit, tables

MNIST = (5139, 4861)

IMPOSSIBLE = {
    ("mgvae/2", "SMOTE", "groups-600"): 0.54,
    ("mgvae/3", "SMOTE", "groups-600"): 0.4,
    ("mgvae/5", "RW", "natural"): 1.1,
    ("mgvae/5", "OCVAE", "natural"): 0.4,
    ("mgvae/6", "SMOTE", "natural"): 0.8,
    ("mgvae/6", "OCVAE", "natural"): 0.2,
}
MGVAE = {id: table for id, table in tables().items() if table.paper == "mgvae"}
BOUNDARY = {
    "mgvae/2": ["RS groups-100"],
    "mgvae/3": [
        *("CBRW groups-100", "LDAM groups-100", "RS groups-100", "SMOTE groups-100", "MGVAE groups-100"),
        *("ERM groups-600", "FOCAL groups-600", "LDAM groups-600"),
    ],
    "mgvae/5": ["FOCAL natural", "CBRW natural", "LDAM natural", "RS natural", "SMOTE natural"],
    "mgvae/6": ["RW natural", "LDAM natural", "RS natural", "MGVAE (ours) natural"],
    "mgvae/4": [],
    "mgvae/7": ["RS natural", "SMOTE natural", "OCVAE natural", "MGVAE (ours) natural"],
    "mgvae/8": ["VAE w/ PT+EWC groups-100"],
    "mgvae/9": ["5e4 groups-100", "5e6 groups-100"],
    "mgvae/10-fashion_mnist": [],
    "mgvae/10-mnist": [],
}


def test_every_impossible_row_in_print():
    found = {
        (id, finding.row, finding.split): finding
        for id, table in MGVAE.items()
        for finding in audit(table)
        if finding.kind == "impossible"
    }
    assert {key: finding.gap for key, finding in found.items()} == pytest.approx(IMPOSSIBLE, abs=0.001)
    assert {finding.metrics for finding in found.values()} == {("accuracy", "balanced_accuracy")}


def test_every_boundary_row_in_print():
    found = {
        id: [f"{finding.row} {finding.split}" for finding in audit(table) if finding.kind == "boundary"]
        for id, table in MGVAE.items()
    }
    assert found == BOUNDARY


def test_the_reason_holds_the_printed_numbers():
    (finding,) = (f for f in audit(tables()["mgvae/2"]) if f.kind == "impossible")
    assert finding.why == (
        "B-ACC 60.0 and ASCA 58.3 are 1.7 points apart, but with these test counts no recalls from 0 to 1 "
        "give that: at most 1.26 apart, rounding included."
    )


@pytest.mark.parametrize(
    ("id", "row", "expected"),
    [
        (
            "mgvae/2",
            "SMOTE",
            "60.0 - 58.3 = 1.7 [1.6, 1.8], but |5139/10000 - 1/2| x |r0 - r1| <= 0.0139 x 83.3 = 1.16",
        ),
        ("mgvae/5", "RW", "85.6 - 86.7 = -1.1 [-1.2, -1], but 0 on 200 + 200 test samples"),
    ],
)
def test_the_arithmetic_in_one_line(id, row, expected):
    (finding,) = (f for f in audit(tables()[id]) if f.row == row and f.kind == "impossible")
    assert finding.arithmetic == f"B-ACC - ASCA = {expected}"


def test_celeba_contradicts_the_text_but_no_number_is_impossible():
    (finding,) = audit(tables()["mgvae/4"])
    assert (finding.row, finding.split, finding.kind) == ("6 of 6 rows", "counts-20000", "inconsistent")
    assert finding.gap == 1.5
    assert finding.why.startswith("B-ACC and ASCA are 1.1 to 1.5 points apart, and on a balanced test set")
    assert finding.arithmetic.startswith("B-ACC - ASCA = 62.3 - 63.8 = -1.5; 64.2 - 65.6 = -1.4; ")


def kinds(table):
    return [(finding.metrics, finding.kind) for finding in audit(table)]


class TestUnknownTestSet:
    """Said to be balanced, but without a size."""

    def test_rows_that_agree_with_the_text(self, one_row):
        assert kinds(one_row((), accuracy=80.7, balanced_accuracy=80.7)) == []
        assert kinds(one_row((), accuracy=80.7, balanced_accuracy=80.8)) == []

    def test_a_row_that_does_not(self, one_row):
        table = one_row((), accuracy=80.7, balanced_accuracy=80.9, gmean=70.0)
        assert kinds(table) == [(("accuracy", "balanced_accuracy"), "inconsistent")]

    def test_what_needs_no_counts_is_still_impossible(self, one_row):
        assert kinds(one_row((), balanced_accuracy=70.0, gmean=70.2)) == [
            (("balanced_accuracy", "gmean"), "impossible")
        ]


class TestBalancedTestSet:
    """Accuracy and balanced accuracy are one number."""

    PAIR = ("accuracy", "balanced_accuracy")

    @pytest.mark.parametrize(
        ("balanced", "kind"), [(80.7, None), (80.8, "boundary"), (80.9, "impossible"), (80.5, "impossible")]
    )
    def test_one_unit_apart_is_the_boundary(self, one_row, balanced, kind):
        table = one_row((500, 500, 500), accuracy=80.7, balanced_accuracy=balanced)
        assert kinds(table) == ([(self.PAIR, kind)] if kind else [])

    def test_binary_fractions_do_not_decide(self, one_row):
        for tenths in range(500, 999):
            table = one_row((500, 500, 500), accuracy=tenths / 10, balanced_accuracy=(tenths + 1) / 10)
            assert kinds(table) == [(self.PAIR, "boundary")], tenths

    def test_more_digits_are_held_to_more(self, one_row):
        table = one_row((500, 500), unit=0.01, accuracy=80.70, balanced_accuracy=80.72)
        assert kinds(table) == [(self.PAIR, "impossible")]


class TestUnbalancedTestSet:
    def test_majority_recall_cannot_exceed_1(self, one_row):
        """At balanced accuracy 90 the recalls differ by 20 at most: 0.28 points of accuracy on these counts."""
        assert kinds(one_row(MNIST, accuracy=90.3, balanced_accuracy=90.0)) == []
        broken = one_row(MNIST, accuracy=90.5, balanced_accuracy=90.0)
        assert kinds(broken) == [(("accuracy", "balanced_accuracy"), "impossible")]

    def test_accuracy_below_is_as_impossible_as_above(self, one_row):
        broken = one_row(MNIST, accuracy=89.5, balanced_accuracy=90.0)
        assert kinds(broken) == [(("accuracy", "balanced_accuracy"), "impossible")]

    def test_many_classes_fill_the_largest_first(self, one_row):
        """Recall 0.5 on average over 6, 3 and 1 samples: accuracy is 75 % at most, 25 % at least."""
        counts = (30, 60, 10)
        for accuracy, expected in ((75.0, []), (25.0, []), (75.2, ["impossible"]), (24.8, ["impossible"])):
            findings = audit(one_row(counts, accuracy=accuracy, balanced_accuracy=50.0))
            assert [finding.kind for finding in findings] == expected
            if findings:
                assert "but at most 25 either way on 30 + 60 + 10 test samples" in findings[0].arithmetic

    def test_geometric_mean_close_to_the_mean_leaves_no_room_between_recalls(self, one_row):
        """Without GM, 0.6 points are possible; GM 59.9 says that the recalls are alike."""
        assert kinds(one_row(MNIST, accuracy=60.6, balanced_accuracy=60.0, gmean=40.0)) == []
        broken = one_row(MNIST, accuracy=60.6, balanced_accuracy=60.0, gmean=59.9)
        assert kinds(broken) == [(("accuracy", "balanced_accuracy", "gmean"), "impossible")]
        assert "with GM 59.9 no two recalls give that" in audit(broken)[0].why
        assert audit(broken)[0].arithmetic.endswith("|r0 - r1| <= 0.0139 x 2 sqrt(60.05^2 - 59.85^2) = 0.136")


def test_geometric_mean_is_never_above_the_mean(one_row):
    metrics_of = ("balanced_accuracy", "gmean")
    assert kinds(one_row((9, 5, 1), balanced_accuracy=70.0, gmean=70.0)) == []
    assert kinds(one_row((9, 5, 1), balanced_accuracy=70.0, gmean=70.1)) == [(metrics_of, "boundary")]
    assert kinds(one_row((9, 5, 1), balanced_accuracy=70.0, gmean=70.2)) == [(metrics_of, "impossible")]


def test_a_row_without_a_pair_of_columns_has_nothing_to_contradict(one_row):
    assert kinds(one_row(MNIST, accuracy=99.0)) == []
    assert kinds(one_row(MNIST, gmean=99.0)) == []


@st.composite
def honest_means(draw):
    """Test counts, and the three metrics averaged over three runs of real confusion matrices."""
    n_classes = draw(st.integers(2, 4))
    size = st.integers(1, 400)
    counts = draw(
        st.one_of(size.map(lambda n: [n] * n_classes), st.lists(size, min_size=n_classes, max_size=n_classes))
    )
    runs = []
    for _ in range(3):
        hits = [draw(st.integers(0, n)) for n in counts]
        matrix = np.diag(hits)
        for k, n in enumerate(counts):
            matrix[k, (k + 1) % n_classes] += n - hits[k]
        runs.append(metrics.from_confusion(matrix))
    names = ("accuracy", "balanced_accuracy", "gmean")
    return counts, {name: 100 * np.mean([run[name] for run in runs]) for name in names}


@given(honest_means(), st.sampled_from([1, 2]))
@settings(deadline=None, max_examples=300)
def test_honest_numbers_are_never_called_impossible(case, decimals):
    counts, means = case
    unit = 10.0**-decimals
    cells = tuple(
        PrintedCell("ROW", "erm", "natural", name, name, round(mean, decimals), 0.0, unit, 3, None)
        for name, mean in means.items()
    )
    table = PublishedTable("test/1", "test", 1, "Honest", "test", tuple(counts), cells)
    assert [finding for finding in audit(table) if finding.kind == "impossible"] == []
