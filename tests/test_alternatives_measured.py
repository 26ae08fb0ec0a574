"""The stored runs of the alternatives: that what made them is what bplib does, and that they can be made again."""

from pathlib import Path

import numpy as np
import pytest

from bplib import alternatives as alt
from bplib import backward, one_hot
from bplib.measured import load
from bplib.network import feedforward

jax = pytest.importorskip("jax")
BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(autouse=True)
def compiled_fast():
    """What is compared here is what is computed; how fast it then runs, XLA need not try."""
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


@pytest.fixture
def runner(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import alternatives

    return alternatives


def by_backprop(network, x, y, C, B):
    return backward(network, *feedforward(network, x), y, C)[1:]


def last_layer(network, x, y, C, B):
    grad_W, grad_b = by_backprop(network, x, y, C, B)
    return {network.L: grad_W[network.L]}, {network.L: grad_b[network.L]}


PLAIN = {
    "backpropagation": by_backprop,
    "frozen": last_layer,
    "feedback alignment": lambda net, x, y, C, B: alt.feed_back(net, *feedforward(net, x), y, C, B)[1:],
    "equilibrium propagation": lambda net, x, y, C, B: alt.equilibrium_propagation(net, x, y, C),
}


@pytest.mark.parametrize("name", PLAIN)
def test_the_runner_trains_as_bplib_does(runner, name):
    whole = runner.tasks()["digits"]
    task = runner.Task(whole.x[:, :70], whole.labels[:70], whole.x_test[:, :20], whole.labels_test[:20], 2)
    method = runner.METHODS[name]._replace(width=5)
    with jax.enable_x64(True):
        result = runner.train(method, task, 2, [0.5], [3, 4], dtype=np.float64)
    for k, seed in enumerate([3, 4]):
        network = runner.fresh(method, task, 2, seed)
        B = method.kept(network, seed).get("B")
        alt.learn(
            network,
            task.x,
            one_hot(task.labels, 10).T,
            lambda net, x, y, B=B: PLAIN[name](net, x, y, runner.C, B),
            learning_rate=0.5,
            epochs=2,
            batch_size=runner.BATCH,
            seed=seed,
        )
        W, b, _ = result["weights"]
        for l in network.W:
            np.testing.assert_allclose(W[l][0, k], network.W[l], rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(b[l][0, k], network.b[l], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["SPSA", "forward gradient"])
def test_an_estimate_of_the_runner_is_that_of_bplib(runner, name):
    task, method = runner.tasks()["hidden spirals"], runner.METHODS[name]._replace(width=3)
    network = runner.fresh(method, task, 1, 0)
    x, y, key = task.x[:, :8], one_hot(task.labels[:8], 3).T, jax.random.key(1)
    with jax.enable_x64(True):
        grad_W, grad_b, kept = method.step(network, {}, x, y, key)
        draw, samples = method.step.keywords["draw"], method.step.keywords.get("samples", 1)
        v = np.asarray(draw(key, (samples, network.n_parameters), np.float64))
    slope = method.step.keywords["slope"]
    expected = alt.layers(network, alt.mean_along(v, lambda u: slope(network, x, y, runner.C, u)))
    for l in network.W:
        np.testing.assert_allclose(grad_W[l], expected[0][l], rtol=1e-6)
        np.testing.assert_allclose(grad_b[l], expected[1][l], rtol=1e-6)
    assert kept == {}


def test_prices_are_multiplications_counted(runner):
    digits, M = runner.tasks()["digits"], runner.METHODS
    forward = 64 * 32 + 32 * 10
    assert runner.price(M["backpropagation"], digits, 1) == pytest.approx((2 * forward + 32 * 10) / forward)
    assert runner.price(M["frozen"], digits, 1) == pytest.approx((forward + 32 * 10) / forward)
    assert runner.price(M["forward-forward"], digits, 1) == pytest.approx(4)


def test_the_second_task_is_hidden_in_two_of_eight_directions(runner):
    x, labels = runner.hidden_spirals(300, 0)
    turn, _ = np.linalg.qr(np.random.default_rng(7).normal(size=(8, 8)))
    back = x.T @ turn.T
    radius, angle = np.hypot(back[:, 0], back[:, 1]), np.arctan2(back[:, 1], back[:, 0])
    apart = (angle / (2 * np.pi) - radius - labels / 3 + 0.5) % 1 - 0.5
    assert np.median(np.abs(apart)) < 0.02
    assert back[:, 2:].std() == pytest.approx(0.3, rel=0.05)


# -- the table -----------------------------------------------------------------------------------------------------


def test_the_stored_table_is_whole():
    table = load("alternatives")
    assert table["made_by"] == "python benchmarks/alternatives.py"
    assert {"python", "numpy", "jax"} <= set(table["versions"])
    for run in table["runs"]:
        about = run["task"], run["method"], run["depth"]
        assert len(run["accuracy"]) == table["seeds"] == 10, about
        assert len(run["by_epoch"]) == table["epochs"][run["task"]], about
        found = run["search"][str(run["scale"])]
        assert run["rates"][:10] == table["rates"], about
        assert len(found) == len(run["rates"]), about
        assert found[run["rates"].index(run["rate"])] == max(found), about
        assert run["rate"] not in (run["rates"][0], run["rates"][-1]), about
        assert max(map(max, run["search"].values())) == max(found), about


def test_the_stored_table_has_every_method_at_every_depth(runner):
    table = load("alternatives")
    expected = {
        (task, name, depth)
        for name, method in runner.METHODS.items()
        for task, depths in (("digits", method.depths), ("hidden spirals", method.second))
        for depth in depths
    }
    assert {(run["task"], run["method"], run["depth"]) for run in table["runs"]} == expected


def test_a_part_of_the_stored_table_can_be_made_again(runner):
    run = next(run for run in load("alternatives")["runs"] if run["method"] == "no hidden layer")
    result = runner.train(
        runner.METHODS["no hidden layer"], runner.tasks()["digits"], 0, [run["rate"]], range(2)
    )
    for share in result["accuracy"][0, :, -1]:
        assert np.min(np.abs(np.array(run["accuracy"]) - share)) < 0.004  # one test digit
