"""Built-in models. A new one is a file and a row in `MODELS`."""

from echospan.models.base import Learns, Model, Signature
from echospan.models.baselines import Chance, DelayLine, LastValue
from echospan.models.encoder_decoder import EncoderDecoder
from echospan.models.ind_rnn import IndRNN
from echospan.models.init import Init
from echospan.models.lmu import LMU
from echospan.models.minimal import MinGRU, MinLSTM
from echospan.models.mlp import MLP
from echospan.models.recurrent import GRU, LSTM, Recurrent, SimpleRNN
from echospan.models.reservoir import ES2N, ESN
from echospan.models.sequence import SequenceModel, Streamed
from echospan.models.state_space import LRU, S4D, Mamba
from echospan.models.tcn import TCN
from echospan.models.transformer import Transformer
from echospan.registry import Registry
from echospan.spec import subclass_of

MODELS: Registry[type[Model]] = Registry(
    "model",
    {
        "lstm": LSTM,
        "gru": GRU,
        "simple-rnn": SimpleRNN,
        "ind-rnn": IndRNN,
        "min-gru": MinGRU,
        "min-lstm": MinLSTM,
        "lru": LRU,
        "s4d": S4D,
        "mamba": Mamba,
        "lmu": LMU,
        "transformer": Transformer,
        "tcn": TCN,
        "mlp": MLP,
        "encoder-decoder": EncoderDecoder,
        "esn": ESN,
        "es2n": ES2N,
        "delay-line": DelayLine,
        "last-value": LastValue,
        "chance": Chance,
    },
    subclass_of(Model),
)

__all__ = [
    "ES2N",
    "ESN",
    "GRU",
    "LMU",
    "LRU",
    "LSTM",
    "MLP",
    "MODELS",
    "S4D",
    "TCN",
    "Chance",
    "DelayLine",
    "EncoderDecoder",
    "IndRNN",
    "Init",
    "LastValue",
    "Learns",
    "Mamba",
    "MinGRU",
    "MinLSTM",
    "Model",
    "Recurrent",
    "SequenceModel",
    "Signature",
    "SimpleRNN",
    "Streamed",
    "Transformer",
]


def __dir__() -> list[str]:
    return sorted(__all__)
