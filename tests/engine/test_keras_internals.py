from __future__ import annotations

import re
from pathlib import Path

import echospan

PRIVATE = re.compile(
    r"keras\.src|\._(flatten_layers|layers|symbolic_build|compute_loss|compile_loss|loss_tracker|"
    r"call_has_training_arg|trainable_variables|learning_rate|inbound_nodes|outbound_nodes|"
    r"keras_history|outputs_struct|expected_batch_size|flatten_metrics_in_order)\b"
)


def test_private_names_of_keras_stand_in_one_file():
    package = Path(echospan.__file__).parent
    users = {
        path.name
        for path in package.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if PRIVATE.search(line) and "self._" not in line
    }
    assert users == {"keras_internals.py"}
