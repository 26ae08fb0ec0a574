"""What a reader says will happen, before the controls of an explorer can be moved."""

from __future__ import annotations

from bplib.explorer.controls import Control, Value


class Prediction:
    """A question that stands where the controls will be, until the reader has answered or skipped it.

    What of the picture would tell the answer comes with the controls: artists made with ``animated=True`` and
    ``gid="answer"``. On paper and without scripts, where nothing can be answered, they are there.

    Parameters
    ----------
    question : what will happen
    *choices : at least two answers; none is marked as right
    at : the controls to be moved, and the values at which it is seen
    outcome : what happens there, in a sentence, to stand beside what the reader said

    """

    def __init__(self, question: str, *choices: str, at: dict[str, Value], outcome: str) -> None:
        for name, text in {"question": question, "outcome": outcome}.items():
            if not isinstance(text, str) or not text.strip():
                raise ValueError(f"{name} is {text!r}; expected a sentence")
        if len(set(choices)) < max(2, len(choices)) or not all(
            isinstance(c, str) and c.strip() for c in choices
        ):
            raise ValueError(f"choices are {choices!r}; expected at least two different ones")
        if not isinstance(at, dict) or not at:
            raise ValueError(f"at is {at!r}; expected the value of at least one control, by its name")
        self.question, self.choices, self.at, self.outcome = question, choices, dict(at), outcome

    def places(self, controls: dict[str, Control]) -> dict[str, int]:
        """Where the controls must stand; raises ValueError if they cannot, or stand there at the start."""
        for name in self.at:
            if name not in controls:
                raise ValueError(
                    f"at has {name!r}, which is no control; expected some of {', '.join(controls)}"
                )
        places = {name: controls[name].index_of(value) for name, value in self.at.items()}
        if all(controls[name].index == place for name, place in places.items()):
            raise ValueError(f"at is {self.at!r}, where the controls start: nothing would have to be moved")
        return places

    def task(self, controls: dict[str, Control]) -> str:
        """What the reader is to do after the answer."""
        moves = [
            f"{controls[name].label or name} to {controls[name].texts[place]}"
            for name, place in self.places(controls).items()
        ]
        return f"Now set {' and '.join(moves)}, and see."
