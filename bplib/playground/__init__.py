"""The playground: choose data and a network, train it, stop it, look into it; without drawing anything.

`Playground(address).handle(message)` takes and gives dicts of JSON-like values (numbers, texts, lists, None, and bytes
for pictures), so that the same front drives it in a page and in a kernel. "do" says what; all else in a message may be
left out where nothing else is said. Indices count from 0, layers as in W[l].

- {"do": "table"}: {"settings": the rows of `SETTINGS`}
- {"do": "look"}: the answer below, of the state as it is
- {"do": "open", "address": text, "milliseconds": t}: begin with this state, its updates made for at most t ms; while
  the answer's "remaining" is above 0, "train" makes the others and nothing else
- {"do": "set", "values": {name: value, ...}}: all of them or, with an error, none. What is not `live` begins anew
- {"do": "train", "updates": n}; with "milliseconds": t it ends after so long, but not before one update. With
  "milliseconds" alone n is what one picture should show: a pass through the data, or 20 updates if those are more
- {"do": "step"}: one update. The answer has "batch", the rows of its examples; "trace" then tells of this step
- {"do": "trace", "l": l, "j": j, "k": k}: the numbers of the update that "step" has just made ("when": "last") or,
  after anything else, of the one that comes next ("when": "next"), for W[l][j, k], or for b[l][j] where k is None.
  "lines" are formulas with their numbers, of the first example and then of the mean over the "m" of the batch. Beside
  them "weight" (its name), "examples" (the first three: "example", "a_before", "z", "a", "delta", "product"), "grad",
  "pull" (λw), "rate", "old", "new"
- {"do": "weight", "l": l, "j": j, "k": k, "value": v}: change a weight by hand
- {"do": "check"}: backpropagation against finite differences on the batch that "trace" tells of: "sentence", "worst",
  and "W", "b", "kinks" by layer, as `check_gradient` has them
- {"do": "code"}: {"program": the bplib program that makes the same weights}
- {"do": "reset"}: the same settings and seed from the start; {"do": "seed", "seed": n}: with that seed, or the next
- {"do": "points", "add": [x1, x2, class]}, or "remove": [x1, x2] for the nearest, or "clear": True: the reader's own
- {"do": "csv", "text": text}: a table of two numbers and a class as the reader's own points

What changes something, and "look", is answered with

- "settings", "address", "sizes", "W": [None, W[1], ...], "b": [None, b[1], ...]
- "updates", "remaining" (of an address that is being opened), "epoch" (passes through the data, with a fraction)
- "loss", "test_loss", "right", "test_right" (shares); None where there is no such number
- "history": "updates", "loss", "test_loss" as lists, thinned to 256 records at most
- "stopped": "diverged" if the next update would not be finite: training goes no further then, until a change
- "silent": how many hidden ReLUs are 0 for every example that is learnt from
- "data": a number that changes with the data: ask again for "points"
- "sentence": what is seen, and "notes": what else was changed, or left out, and why

and, if the message has "also": ["sees", "points"], with

- "sees": "kind" ("plane" or "pixels"), "size", "layers", "ranges", as `bplib.playground.sees` tells; "size" in the
  message is the side of the pictures in places, 40 if nothing is said
- "points": "view" (left, right, low, high), "classes" (names), "inputs" (of each the "name", and the "middle" and
  "half" with which it was scaled), "x", "y", "x_test", "y_test"; for digits view is None and x are bytes, 64 to a
  digit, of 0 to 16

A message that cannot be done changes nothing and is answered {"error": sentence}.
"""

from __future__ import annotations

from typing import Any

from .play import Playground
from .settings import SETTINGS

__all__ = ["SETTINGS", "Playground", "handle"]

_playgrounds: dict[str, Playground] = {}


def handle(id: str, message: dict[str, Any]) -> dict[str, Any]:
    """The answer of the playground of this id, which is made with its first message."""
    if id not in _playgrounds:
        _playgrounds[id] = Playground()
    return _playgrounds[id].handle(message)
