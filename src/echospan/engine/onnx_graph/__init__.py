"""A traced program of JAX as a graph of ONNX.

`graph`    Names, constants and nodes of one graph.
`shapes`   Operations that move numbers without changing them.
`numbers`  Operations that compute.
`convert`  Walks through a program; a primitive that no table has is refused by name.
`trace`    From a trained model to the program of one step or one window, for any batch size.
"""

from echospan.engine.onnx_graph.convert import NotConvertible
from echospan.engine.onnx_graph.trace import Exported, as_onnx

__all__ = ["Exported", "NotConvertible", "as_onnx"]
