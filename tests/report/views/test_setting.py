"""How a suite with several views was run, in words."""

from __future__ import annotations

from tailmark.params import Params
from tailmark.params.suites import EncoderSizes
from tailmark.report.content import Content
from tailmark.report.setting import provenance, setting


def test_pairs_on_several_mixes(views_params: Params) -> None:
    assert setting(views_params.suites["pairs"]) == (
        "mnist+fashion_mnist: Clothes stand in for house numbers. Views mnist and fashion_mnist; encoders of 16-32 "
        "channels with 3x3 kernels, 64 features an image; 1,200 steps, batch 128, learning rate 0.001; images shifted "
        "at random in training, grey ones turned, coloured ones changed in colour; in 30 % of the samples one view is "
        "noise, in training and test alike; 3 seeds; 60 runs, each trained once and tested on 3 mixes."
    )


def test_a_screening_test(views_params: Params) -> None:
    told = setting(views_params.suites["melanoma"])
    assert "3x3 kernels, after averaging squares of 2x2 pixels, 128 features an image; 20 epochs" in told
    assert told.endswith("learning rate 0.001; 3 seeds; 18 runs.")


def test_a_larger_network_on_resized_crops(views_params: Params) -> None:
    suite = views_params.suites["pairs"]
    sizes = EncoderSizes(network="resnet18", shrink=2)
    told = setting(suite.model_copy(update={"encoders": sizes, "augment": "resized"}))
    assert "; encoders ResNet-18, after averaging squares of 2x2 pixels, 512 features an image; " in told
    assert "; coloured images cut to a random part and mirrored at random in training; " in told


def test_a_suite_of_one_view_is_told_as_ever(params: Params) -> None:
    assert setting(params.suites["groups"]) == (
        "mnist5k. MLP 256-128; 100 epochs, batch 100, learning rate 0.001, times 0.95 an epoch; 5 seeds."
    )


def test_the_provenance_has_the_encoders(views: Content) -> None:
    line = provenance(views)[0]
    assert line["network"] == "encoders of 16-32 channels with 3x3 kernels, 64 features an image"
    assert line["schedule"].startswith("1,200 steps")
