#!/usr/bin/env bash
# MLX 0.32.4, CPU: exp, sin, cos, erf and all that is made of exp have 7 digits in float64, and not 16.
#
# float64 is on MLX's CPU alone, and is taken for what is to be exact, such as the check of a gradient. tanh, log, log1p,
# expm1, sqrt and arctan are exact to the last bits there. exp, sigmoid, softmax, logsumexp, logaddexp, sin, cos and erf
# give arrays of float64 whose numbers agree with numpy's to 1e-7 only, as those of float32 do, without a warning. So a
# central difference with a step of 1e-6 through a sigmoid shows noise, and through a tanh does not.
#
# Seen, the largest relative error at 0.3, -1.2, 2.5 and 0.01, by its size: "exact" below 1e-14, "float32" above 1e-9
#     tanh exact, expm1 exact, log1p exact, arctan exact, exp float32, sigmoid float32, sin float32, cos float32, erf float32
#     d sigmoid / dz at 0.3 by central difference, h = 1e-6: more than 1e-3 off; d tanh / dz: less than 1e-8 off
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'mlx[cpu]==0.32.4' numpy==2.4.6
"$folder/venv/bin/python" - >"$folder/seen" <<'PY'
import math

import mlx.core as mx
import numpy as np

mx.set_default_device(mx.cpu)
z = np.array([0.3, -1.2, 2.5, 0.01])
expected = {
    "tanh": np.tanh(z),
    "expm1": np.expm1(z),
    "log1p": np.log1p(abs(z)),
    "arctan": np.arctan(z),
    "exp": np.exp(z),
    "sigmoid": 1 / (1 + np.exp(-z)),
    "sin": np.sin(z),
    "cos": np.cos(z),
    "erf": np.array([math.erf(v) for v in z]),
}
seen = []
for name, values in expected.items():
    a = getattr(mx, name)(mx.array(abs(z) if name == "log1p" else z, dtype=mx.float64))
    assert a.dtype == mx.float64
    error = (abs(np.array(a) - values) / abs(values)).max()
    seen.append(f"{name} {'exact' if error < 1e-14 else 'float32' if error > 1e-9 else error}")
print(", ".join(seen))


def slope(f, at, h=1e-6):
    return (f(mx.array(at + h, dtype=mx.float64)).item() - f(mx.array(at - h, dtype=mx.float64)).item()) / (2 * h)


s = 1 / (1 + math.exp(-0.3))
for name, f, exact in (("sigmoid", mx.sigmoid, s * (1 - s)), ("tanh", mx.tanh, 1 - math.tanh(0.3) ** 2)):
    error = abs(slope(f, 0.3) - exact) / exact
    print(f"d {name} / dz:", "more than 1e-3 off" if error > 1e-3 else "less than 1e-8 off" if error < 1e-8 else error)
PY
cat "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
tanh exact, expm1 exact, log1p exact, arctan exact, exp float32, sigmoid float32, sin float32, cos float32, erf float32
d sigmoid / dz: more than 1e-3 off
d tanh / dz: less than 1e-8 off
EXPECTED
