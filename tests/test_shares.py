"""Several processes, each with a share of the examples, train one network: as one process does that has them all.

Two launches, each of a few processes on this machine; what they saw is asserted by many tests. This file is also what
they run.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bplib import Adam, Momentum, Network, train

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="tried on Linux alone")
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(30, 3)), rng.integers(0, 3, 30)
XV, YV = rng.normal(size=(11, 3)), rng.integers(0, 3, 11)
LOSS = "softmax_cross_entropy"
SHARES = {2: [slice(0, 19), slice(19, 30)], 3: [slice(0, 13), slice(13, 22), slice(22, 30)]}
HELD_OUT = {2: [slice(0, 2), slice(2, 11)], 3: [slice(0, 3), slice(3, 6), slice(6, 11)]}
KILLED_IN = 5


def fresh(seed=0):
    return Network((3, 5, 3), "tanh", "identity", seed=seed)


def full_batch(network, x, y, validation, **how):
    return train(
        network, x, y, LOSS, optimizer=Momentum(0.1), epochs=40, validation=validation, progress=False, **how
    )


def mini_batches(network, x, y, validation, **how):
    return train(
        network, x, y, LOSS,
        optimizer=Adam(0.02), epochs=9, batch_size=8, seed=3, validation=validation, progress=False, **how,
    )  # fmt: skip


# -- in each process -----------------------------------------------------------------------------------------------


def report(folder, process, name, network, history):
    weights = {f"{letter}{l}": p for letter in "Wb" for l, p in getattr(network, letter).items()}
    lists = {n: getattr(history, n) for n in ("loss", "accuracy", "validation_loss", "validation_accuracy")}
    np.savez(
        folder / f"{name} {process}.npz", stopped=history.stopped, best=history.best.W[1], **weights, **lists
    )


def work(process, processes, port, folder):
    import jax

    # As examples/many_machines.py does: else a process that fails waits for those that wait for it.
    sys.excepthook = lambda kind, error, _: (print(f"{kind.__name__}: {error}", flush=True), os._exit(1))
    if processes == 2 and process == 1:
        jax.config.update("jax_num_cpu_devices", 2)
    jax.distributed.initialize(f"127.0.0.1:{port}", processes, process)
    mine, held_out = SHARES[processes][process], HELD_OUT[processes][process]
    data = X[mine], Y[mine], (XV[held_out], YV[held_out])
    if processes == 2:
        two_processes(process, folder, data)
    else:
        three_processes(process, folder, data)


def two_processes(process, folder, data):
    refused = []
    for other in (
        {"network": fresh(seed=process)},
        {"batch_size": 3 + process},
        {"threshold": 0.1 + process},
        {"batch_size": 31},
        {"checkpoint": folder / "c" if process else None},
    ):
        network = other.pop("network", fresh())
        with pytest.raises(ValueError) as info:  # noqa: PT011
            full_batch(network, *data, compiled=True, **other)
        refused.append(str(info.value))
    (folder / f"refused {process}.json").write_text(json.dumps(refused), encoding="utf-8")

    network = fresh()
    report(folder, process, "full", network, full_batch(network, *data, compiled=True))

    def interrupt(epoch, network, history):
        if process == 1 and epoch == 3:
            signal.raise_signal(signal.SIGINT)

    network = fresh()
    history = full_batch(network, *data, compiled=True, callback=interrupt)
    report(folder, process, "interrupted", network, history)


def three_processes(process, folder, data):
    def die(epoch, network, history):
        if process == 2 and epoch == KILLED_IN:
            os.kill(os.getpid(), signal.SIGKILL)

    mini_batches(fresh(), *data, compiled=True, callback=die, checkpoint=folder / "c.npz")


# -- here ----------------------------------------------------------------------------------------------------------


def launched(processes, folder):
    """What each process said, and how it ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "JAX_PLATFORMS": "cpu",
        "OPENBLAS_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    started = [
        subprocess.Popen(
            [sys.executable, __file__, str(process), str(processes), str(port), folder],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for process in range(processes)
    ]  # fmt: skip
    try:
        said = [process.communicate(timeout=240) for process in started]
    finally:
        for process in started:
            process.kill()
    return [(out, err, process.returncode) for (out, err), process in zip(said, started, strict=True)]


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    pytest.importorskip("jax")
    folder = tmp_path_factory.mktemp("two")
    for out, err, code in launched(2, folder):
        assert code == 0, out + err
    return folder


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    pytest.importorskip("jax")
    folder = tmp_path_factory.mktemp("three")
    return folder, launched(3, folder)


def parameters(network):
    return [*network.W.values(), *network.b.values()]


def close(saved, network, history):
    for letter in "Wb":
        for l, p in getattr(network, letter).items():
            np.testing.assert_allclose(saved[f"{letter}{l}"], p, rtol=1e-9, atol=1e-12)
    for name in ("loss", "validation_loss"):
        np.testing.assert_allclose(saved[name], getattr(history, name), rtol=1e-9)
    assert saved["accuracy"].tolist() == history.accuracy
    assert saved["validation_accuracy"].tolist() == history.validation_accuracy
    np.testing.assert_allclose(saved["best"], history.best.W[1], rtol=1e-9, atol=1e-12)
    assert saved["stopped"] == history.stopped


def test_two_processes_of_one_and_two_devices_train_as_one_does(two):
    network = fresh()
    history = full_batch(network, X, Y, (XV, YV))
    one, other = (np.load(two / f"full {process}.npz") for process in range(2))
    close(one, network, history)
    assert all((one[name] == other[name]).all() for name in one)


def test_arguments_that_differ_are_refused_in_both(two):
    one, other = (json.loads((two / f"refused {process}.json").read_text()) for process in range(2))
    assert one == other
    for name, said in zip(("network", "batch_size", "threshold", None, "checkpoint"), one, strict=True):
        if name is None:
            assert said == "batch_size must be an integer from 1 to 30, got 31"
        else:
            assert said == (
                f"{name} must be the same in every process; that of process 1 is not that of process 0"
            )


def test_an_interrupt_in_one_ends_both(two):
    one, other = (np.load(two / f"interrupted {process}.npz") for process in range(2))
    assert all((one[name] == other[name]).all() for name in one)
    assert one["stopped"] == "interrupted"
    assert len(one["loss"]) in (5, 6)


def test_a_process_that_is_killed_leaves_a_clear_error_in_the_others(three):
    *others, (_, _, killed) = three[1]
    assert killed == -signal.SIGKILL
    for out, err, code in others:
        assert "\nConnectionError: another process of this training has ended, after epoch " in out, err
        assert "start all of them again with resume=True, and they go on from" in out
        assert code == 1


def test_and_a_whole_checkpoint_from_which_one_process_goes_on(three):
    """Also in the other engine: the file knows of no shares."""
    path = three[0] / "c.npz"
    with np.load(path) as file:
        assert len(file["loss"]) == KILLED_IN + 1
    network, whole = fresh(), fresh()
    resumed = mini_batches(network, X, Y, (XV, YV), checkpoint=path, resume=True)
    history = mini_batches(whole, X, Y, (XV, YV))
    for p, q in zip(parameters(network), parameters(whole), strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(resumed.loss, history.loss, rtol=1e-9)
    assert resumed.accuracy == history.accuracy
    assert resumed.validation_accuracy == history.validation_accuracy


if __name__ == "__main__":
    process, processes, port = map(int, sys.argv[1:4])
    work(process, processes, port, Path(sys.argv[4]))
