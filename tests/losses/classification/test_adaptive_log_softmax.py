"""Adaptive softmax beside torch's own module, with any number of tails; and weights that do not go together."""

import numpy as np
import pytest
import torch
from blocks import blocks_of
from shell import cli

import losscli
from losscli.spec import arithmetic

BACKENDS = ["numpy", "torch"]


def module(width, cutoffs, classes, bias):
    """torch's, and its weights as inputs."""
    torch.manual_seed(0)
    made = torch.nn.AdaptiveLogSoftmaxWithLoss(width, classes, cutoffs, div_value=2.0, head_bias=bias).double()
    weights = {name: x.numpy() for name, x in made.state_dict().items()}
    tails = range(len(cutoffs))
    given = {
        "head_weight": weights["head.weight"],
        "tail_proj": [weights[f"tail.{i}.0.weight"] for i in tails],
        "tail_out": [weights[f"tail.{i}.1.weight"] for i in tails],
    }
    return made, given | ({"head_bias": weights["head.bias"]} if bias else {})


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(("cutoffs", "classes"), [([3], 7), ([3, 5, 9], 20), ([1, 2], 3)])
@pytest.mark.parametrize("elements", [8, 10**6])
def test_it_is_the_module_of_torch(backend, bias, cutoffs, classes, elements):
    made, given = module(8, cutoffs, classes, bias)
    rng = np.random.default_rng(3)
    pred, target = rng.standard_normal((25, 8)), rng.integers(0, classes, 25)
    with torch.no_grad():
        wanted = made(torch.from_numpy(pred), torch.from_numpy(target))
    stated = {"cutoffs": cutoffs, "n_classes": classes, "div_value": 2.0}
    with blocks_of(elements), pytest.MonkeyPatch.context() as patch:
        patch.setattr(arithmetic, "PRODUCTS", elements)
        units = losscli.compute("adaptive_log_softmax", pred, target, backend=backend, reduction="none", **given)
        mean = losscli.compute("adaptive_log_softmax", pred, target, backend=backend, **given, **stated)
    np.testing.assert_allclose(units.value, -wanted.output, rtol=1e-12, atol=1e-14)
    assert mean.value == pytest.approx(float(wanted.loss), rel=1e-13)
    one = losscli.compute("adaptive_log_softmax", pred[0], target[0], backend=backend, reduction="none", **given)
    assert one.value.shape == ()
    plain = losscli.losses.find("adaptive_log_softmax")
    found = plain(pred, target, *(given.get(name) for name in ("head_weight", "tail_proj", "tail_out", "head_bias")))
    np.testing.assert_allclose(found, -wanted.output, rtol=1e-12, atol=1e-14)


def by_autograd(made, pred, target, back):
    """The gradients of torch's module, by the names that inputs have here."""
    features = torch.from_numpy(pred).requires_grad_()
    (-(made(features, torch.from_numpy(target)).output) * torch.from_numpy(back)).sum().backward()
    found = {"pred": features.grad, "head_weight": made.head.weight.grad}
    numbered = len(made.tail) > 1
    for i, (proj, out) in enumerate(made.tail):
        found |= {f"tail_{name}{f'.{i}' * numbered}": x.weight.grad for name, x in (("proj", proj), ("out", out))}
    if made.head.bias is not None:
        found["head_bias"] = made.head.bias.grad
    return {name: np.zeros(1) if g is None else g.numpy() for name, g in found.items()}


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(("cutoffs", "classes"), [([3], 7), ([3, 5, 9], 20)])
@pytest.mark.parametrize("labels", [(0, 20), (0, 3), (3, 5)], ids=["all", "of the head", "of one tail"])
@pytest.mark.parametrize("products", [8, 10**6])
def test_closed_form_is_the_autograd_of_the_module(bias, cutoffs, classes, labels, products, monkeypatch):
    monkeypatch.setattr(arithmetic, "PRODUCTS", products)
    made, given = module(8, cutoffs, classes, bias)
    rng = np.random.default_rng(5)
    pred, target = rng.standard_normal((25, 8)) * 3, rng.integers(labels[0], min(labels[1], classes), 25)
    back = rng.uniform(-2.0, 2.0, 25)
    wanted = by_autograd(made, pred, target, back)
    one = losscli.losses.find("adaptive_log_softmax")
    found = one.gradients(
        back, pred, target, *(given.get(n) for n in ("head_weight", "tail_proj", "tail_out", "head_bias"))
    )
    assert found.keys() == wanted.keys()
    for name, array in found.items():
        np.testing.assert_allclose(
            array, np.broadcast_to(wanted[name], array.shape), rtol=1e-12, atol=1e-14, err_msg=name
        )


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("cutoffs", [[3], [3, 5]])
def test_gradient_of_the_mean_in_blocks_is_that_of_the_module(backend, cutoffs):
    made, given = module(8, cutoffs, 9, bias=True)
    rng = np.random.default_rng(6)
    pred, target = rng.standard_normal((25, 8)), rng.integers(0, 9, 25)
    wanted = by_autograd(made, pred, target, np.full(25, 1 / 25))
    every = ("pred", "head_weight", "tail_proj", "tail_out", "head_bias")
    with blocks_of(64):
        found = losscli.grad("adaptive_log_softmax", pred, target, backend=backend, wrt=every, gradcheck=True, **given)
    assert {one.name for one in found.inputs} == wanted.keys()
    for one in found.inputs:
        np.testing.assert_allclose(one.array, wanted[one.name], rtol=1e-12, atol=1e-15, err_msg=one.name)
    assert found.passed
    alone = losscli.grad("adaptive_log_softmax", pred[0], target[0], backend=backend, **given)
    wanted = by_autograd(module(8, cutoffs, 9, bias=True)[0], pred[:1], target[:1], np.ones(1))
    np.testing.assert_allclose(alone.array, wanted["pred"][0], rtol=1e-12, atol=1e-15)


@pytest.fixture
def words(tmp_path):
    """A command with two tails, of files."""
    _, given = module(8, [6, 12], 20, bias=False)
    rng = np.random.default_rng(4)
    np.save(tmp_path / "pred.npy", rng.standard_normal((9, 8)))
    np.save(tmp_path / "target.npy", rng.integers(0, 20, 9))
    np.save(tmp_path / "head.npy", given["head_weight"])
    for k, (proj, out) in enumerate(zip(given["tail_proj"], given["tail_out"], strict=True)):
        np.save(tmp_path / f"proj{k}.npy", proj)
        np.save(tmp_path / f"out{k}.npy", out)
    files = [f"{tmp_path}/{name}.npy" for name in ("pred", "target", "head")]
    tails = [("--tail-proj", f"{tmp_path}/proj{k}.npy", "--tail-out", f"{tmp_path}/out{k}.npy") for k in range(2)]
    return ["compute", "adaptive_log_softmax", *files, *tails[0], *tails[1]]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ("--cutoffs 6,11", "the cutoffs are 6,11, and by the weights they are 6,12"),
        ("--n-classes 21", "n_classes is 21, and the weights have 20 classes"),
        ("--div-value 4", "with div_value 4 tail 1 has 2 of 8 features, and its tail_proj has 4 rows"),
        ("--tail-out 1,2", "was given 2 of tail_proj, 3 of tail_out"),
        ("--head-bias 1,2", "shapes do not fit"),
    ],
)
def test_what_does_not_go_together_is_told(words, changed, told):
    ran = cli(*words, *changed.split())
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err


def test_tails_are_named_one_by_one(words):
    assert cli(*words, "--cutoffs", "6,12", "--n-classes", "20", "--div-value", "2", "-q").code == 0
    assert cli("compute", "mse", "1", "--target", "1", "--target", "2").code == 2


def test_every_command_takes_several_tails(words, tmp_path):
    ran = cli("grad", *words[1:], "--wrt", "pred,tail_out", "-o", f"{tmp_path}/g/")
    assert (ran.code, ran.err) == (0, f"wrote pred.npy, tail_out.0.npy, tail_out.1.npy in {tmp_path}/g/\n")
    assert np.load(tmp_path / "g" / "tail_out.1.npy").shape == np.load(tmp_path / "out1.npy").shape
    value = cli(*words, "-q").out
    swept = cli("sweep", *words[1:], "--div-value", "1.95,2", "-f", "csv")
    assert swept.out.count(value.strip()) >= 2
    assert cli("explain", *words[1:], "--sample", "3").code == 0
    ran = cli("curve", *words[1:])
    assert ran.code == 2
    assert "adaptive_log_softmax is not a function of one number" in ran.err


def test_gradients_may_not_take_the_place_of_a_tail(words, tmp_path):
    before = (tmp_path / "out1.npy").read_bytes()
    ran = cli("grad", *words[1:], "-o", f"{tmp_path}/out1.npy")
    assert ran.code == 2
    assert "is one of the inputs" in ran.err
    assert (tmp_path / "out1.npy").read_bytes() == before


def test_a_label_beyond_the_last_tail_is_told():
    _, given = module(8, [3, 5], 7, bias=False)
    with pytest.raises(losscli.LossCLIError, match=r"outside 0\.\.6 \(7 classes in the weights\)"):
        losscli.compute("adaptive_log_softmax", np.ones((2, 8)), [0, 7], **given)


def test_what_makes_a_number_of_it_takes_several_tails(words, tmp_path):
    value = float(cli(*words, "-q").out)
    assert float(cli("dist", *words[1:], "-q").out) == value
    assert cli("check", *words[1:], "--max", str(value)).code == 0
    loss, pred, *rest = words[1:]
    ran = cli("compare", loss, pred, pred, *rest)
    assert (ran.code, ran.err) == (0, "")
