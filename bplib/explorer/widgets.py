"""An explorer in a kernel: ipywidgets, and a picture that is drawn anew at each position."""

from __future__ import annotations

import asyncio
import base64
from html import escape
from typing import TYPE_CHECKING, Any

from bplib.explorer.controls import Choice, Control, Play, Slider, Toggle
from bplib.explorer.page import stylesheet, table_body

if TYPE_CHECKING:
    from bplib.explorer.figure import Explorer

VIEW = "application/vnd.jupyter.widget-view+json"


def is_at_hand() -> bool:
    """Everywhere: where no widget can move, the first picture is shown."""
    return True


def bundle(explorer: Explorer) -> dict[str, Any]:
    """The first picture, and the widget, which a program that knows it shows instead."""
    shown: dict[str, Any] = {"image/png": base64.b64encode(explorer.png()).decode()}
    if explorer.controls:
        shown[VIEW] = widget(explorer)._repr_mimebundle_()[VIEW]
    return shown


def widget(explorer: Explorer) -> Any:
    """A box with the picture, its controls and its sentence."""
    import ipywidgets

    from bplib.explorer.figure import ExplorerError

    controls = {name: _control_widget(control) for name, control in explorer.controls.items()}
    picture, sentence, table = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
    style = f"<style>{stylesheet()}</style>"
    waiting = False

    def draw() -> None:
        nonlocal waiting
        waiting = False
        try:
            frame = explorer.at(**{name: control.value for name, control in controls.items()})
        except (ExplorerError, ValueError) as error:
            sentence.value = f'<p role="alert">{escape(str(error))}</p>'
            return
        picture.value = f'{style}<div class="explorer">{explorer.stage.svg(frame.moving)}</div>'
        sentence.value = f'<p role="status">{escape(frame.sentence)}</p>'
        if explorer.columns:
            heading = "".join(f"<th>{escape(column)}</th>" for column in explorer.columns)
            table.value = f"<table><tr>{heading}</tr>{table_body(frame.rows)}</table>"

    def moved(_: Any) -> None:
        # Events can come faster than pictures: draw once, a moment later, for the newest position.
        nonlocal waiting
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            draw()
            return
        if not waiting:
            waiting = True
            loop.call_later(0.002, draw)

    rows = []
    for name, control in controls.items():
        control.description = explorer.controls[name].label or name
        control.style = {"description_width": "initial"}
        control.observe(moved, "value")
        player = _player(explorer.controls[name], control)
        rows.append(ipywidgets.VBox([player, control]) if player else control)
    draw()
    side_by_side = ipywidgets.Layout(display="flex", flex_flow="row wrap", align_items="center")
    parts = [ipywidgets.Box([picture, ipywidgets.VBox(rows)], layout=side_by_side), sentence]
    if explorer.columns:
        parts.append(ipywidgets.Accordion([table], titles=["The numbers"]))
    box = ipywidgets.VBox(parts)
    box.controls = controls
    return box


def _control_widget(control: Control) -> Any:
    """The ipywidget of a control; its `value` trait holds one of the control's values."""
    import ipywidgets

    if isinstance(control, Toggle):
        return ipywidgets.Checkbox(value=control.value, indent=False)
    if isinstance(control, Choice):
        return ipywidgets.Dropdown(options=list(control.values), value=control.value)
    assert isinstance(control, Slider)
    if control.log:
        options = list(zip(control.texts, control.values, strict=True))
        return ipywidgets.SelectionSlider(options=options, value=control.value)
    numbers = {
        "value": control.value,
        "min": control.values[0],
        "max": control.values[-1],
        "step": control.step,
    }
    if isinstance(control.value, int):
        return ipywidgets.IntSlider(**numbers)
    return ipywidgets.FloatSlider(**numbers, readout_format=f".{control.decimals}f")


def _player(control: Control, slider: Any) -> Any:
    """What runs the slider, in the browser; None for a control that does not run."""
    import ipywidgets

    if not isinstance(control, Play):
        return None
    numbers = {name: getattr(slider, name) for name in ("value", "min", "max", "step")}
    player = ipywidgets.Play(**numbers, interval=control.interval, show_repeat=False)
    ipywidgets.jslink((player, "value"), (slider, "value"))
    return player
