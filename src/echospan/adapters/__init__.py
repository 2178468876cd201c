"""A model of any framework behind one interface: Keras, torch, JAX.

Everything that looks into a model uses an `Adapter`: a clone that is fed, stepped, differentiated
and given other weights, while the user's own model is only read. Importing this package imports no
framework; `adapt` imports the one that the model is made of.
"""

from echospan.adapters.adapt import adapt, framework_of
from echospan.adapters.base import Adapter
from echospan.adapters.facts import Facts
from echospan.adapters.state import State
from echospan.adapters.support import NotCloneable, NotSupported, Support

__all__ = [
    "Adapter",
    "Facts",
    "NotCloneable",
    "NotSupported",
    "State",
    "Support",
    "adapt",
    "framework_of",
]
