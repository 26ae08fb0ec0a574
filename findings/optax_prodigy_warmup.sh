#!/bin/sh
# optax 0.2.8: Prodigy and D-Adaptation turn all weights into nan if the learning rate is warmed up from 0.
#
# Both divide by a sum of what the rate has let through so far. optax.linear_schedule(0, 1, n), or
# warmup_cosine_decay_schedule(0, ...), is 0 at the first step: 0/0, and from there on every weight is nan. The same
# comes of one first batch whose gradients are all 0. The authors' own packages for PyTorch pass over such a step.
#
# Seen on 2026-11-28 (Python 3.11.7; optax 0.2.8, jax 0.10.2; prodigyopt 1.1.2, dadaptation 3.2, torch 2.13.0+cpu), w from 1,
# gradient 1, rates 0, 0.1, 0.2, after each step, finite or nan:
#   optax prodigy:          nan, nan, nan
#   optax dadapt_adamw:     finite, nan, nan
#   prodigyopt Prodigy:     finite, finite, finite
#   dadaptation DAdaptAdam: finite, finite, finite
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check optax==0.2.8 jax==0.10.2 jaxlib==0.10.2 prodigyopt==1.1.2 dadaptation==3.2 torch==2.13.0 numpy
.venv/bin/python - <<'EOF'
import dadaptation
import jax.numpy as jnp
import numpy as np
import optax
import prodigyopt
import torch


def words(values):
    return ", ".join("finite" if np.isfinite(value) else "nan" for value in values)


rates = (0.0, 0.1, 0.2)
for name, expected in (("prodigy", "nan, nan, nan"), ("dadapt_adamw", "finite, nan, nan")):
    rule = getattr(optax.contrib, name)(optax.linear_schedule(0.0, 1.0, 10))
    w, seen = jnp.ones(2), []
    state = rule.init(w)
    for _ in rates:
        update, state = rule.update(jnp.ones(2), state, w)
        w = optax.apply_updates(w, update)
        seen.append(w[0])
    print(f"optax {name}: {words(seen)}")
    assert words(seen) == expected
for module, name in ((prodigyopt, "Prodigy"), (dadaptation, "DAdaptAdam")):
    w, seen = torch.nn.Parameter(torch.ones(2)), []
    optimizer = getattr(module, name)([w], lr=1.0)
    for rate in rates:
        optimizer.param_groups[0]["lr"], w.grad = rate, torch.ones(2)
        optimizer.step()
        seen.append(w[0].item())
    print(f"{module.__name__} {name}: {words(seen)}")
    assert np.isfinite(seen).all()
EOF
