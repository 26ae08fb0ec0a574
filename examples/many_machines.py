"""One network, trained by as many processes as you start, each with its share of the examples.

One process, with all examples:

    python examples/many_machines.py

Two processes on this machine, which meet at a free port of it (on Linux, `taskset -c $p` before python gives each a
core of its own):

    for p in 0 1; do python examples/many_machines.py 127.0.0.1:12355 2 $p & done; wait

Two machines: the same line on each, with the address of the first and a number of its own, 0 on the first. Under Slurm
and Open MPI, where JAX finds all three by itself:

    srun --ntasks=2 python examples/many_machines.py auto

With CHECKPOINT=path before python the training is kept in that file, and the same lines, started again after
whatever ended them, go on where it was.
"""

import os
import sys
import traceback

import jax

from bplib import Adam, Network, accuracy, train
from bplib.datasets import digits

LOSS = "softmax_cross_entropy"


def leave(kind, error, where):
    """Say what went wrong, and go at once: at its end JAX would wait for the others, and they for this one."""
    traceback.print_exception(kind, error, where)
    sys.stderr.flush()
    os._exit(1)


match sys.argv[1:]:
    case []:
        pass
    case ["auto"]:
        jax.distributed.initialize()
    case [address, processes, process]:
        jax.distributed.initialize(address, int(processes), int(process))
    case _:
        sys.exit(__doc__)
sys.excepthook = leave

# Each process has rows of its own: on a cluster, those that lie on its disk. Shares need not be equal.
data, processes, me = digits(), jax.process_count(), jax.process_index()
x, y = data.x_train[me::processes], data.y_train[me::processes]

# All else is the same in all: the network with its seed, the optimizer, the number of epochs.
network = Network((64, 32, 10), "relu", "identity", "he", seed=0)
path = os.environ.get("CHECKPOINT")
history = train(
    network,
    x,
    y,
    LOSS,
    optimizer=Adam(0.005),
    epochs=100,
    compiled=True,
    checkpoint=path,
    every=10,
    resume=path is not None,
    progress=False,
)

right = accuracy(network, data.x_test, data.y_test, LOSS)
print(
    f"process {me} of {processes}, {len(x)} of {len(data.x_train)} examples: {history.stopped} after "
    f"{len(history.loss)}, loss {history.loss[-1]:.12f}, right on the test set {right:.2%}"
)
