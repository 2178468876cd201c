"""Models: what answers. A new one is a file and a row in `MODELS`."""

from echospan.models.base import Model, Signature
from echospan.models.chance import Chance
from echospan.models.encoder_decoder import EncoderDecoder
from echospan.models.gru import GRU
from echospan.models.last_value import LastValue
from echospan.models.lstm import LSTM
from echospan.models.mlp import MLP
from echospan.models.sequence import SequenceModel
from echospan.models.simple_rnn import SimpleRNN

MODELS: dict[str, type[Model]] = {
    "lstm": LSTM,
    "gru": GRU,
    "simple-rnn": SimpleRNN,
    "encoder-decoder": EncoderDecoder,
    "mlp": MLP,
    "last-value": LastValue,
    "chance": Chance,
}

__all__ = [
    "GRU",
    "LSTM",
    "MLP",
    "MODELS",
    "Chance",
    "EncoderDecoder",
    "LastValue",
    "Model",
    "SequenceModel",
    "Signature",
    "SimpleRNN",
]
