import io
import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from echospan.errors import ConfigError
from echospan.loaders.keras_file import build, load, read_architecture
from echospan.spans.api import span
from limits import files


def described(layer: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": "Sequential", "module": "keras", "config": {"layers": [layer]}}


def written(path: Path, content: object) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(content))
    return path


@pytest.mark.slow
def test_a_saved_model_is_measured_from_new_weights(tmp_path: Path) -> None:
    model = keras.Sequential(
        [keras.Input((None, 4)), layers.GRU(12, return_sequences=True), layers.Dense(4)]
    )
    path = tmp_path / "mine.keras"
    model.save(path)
    sheet = span(str(path), symbols=4, lags=[1], budget="2k updates", seeds=1)
    assert sheet.parameters == model.count_params()
    assert sheet.span_at_least == 1
    assert any("drawn anew" in note for note in sheet.notes)


def test_a_lambda_is_refused_unless_trusted(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((None, 4)), layers.Lambda(lambda x: x * 2)])
    path = tmp_path / "code.keras"
    model.save(path)
    with pytest.raises(ConfigError, match=r"without Lambda layers.*--trust"):
        read_architecture(path)
    assert read_architecture(path, trust=True)["class_name"] == "Sequential"


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ({"class_name": "Dense", "module": "keras.layers", "config": {"units": 10**9}}, "ask for"),
        (
            {
                "class_name": "InputLayer",
                "module": "keras.layers",
                "config": {"batch_shape": [None, 10**8, 4]},
            },
            "ask for",
        ),
        ({"class_name": "Evil", "module": "os.path", "config": {}}, "Keras's own layers only"),
        (
            {"class_name": "GRU", "module": "keras.layers", "registered_name": "pkg>GRU"},
            "Keras's own layers only",
        ),
    ],
)
def test_what_a_small_file_may_not_ask_for(
    tmp_path: Path, layer: dict[str, Any], words: str
) -> None:
    path = written(tmp_path / "x.keras", described(layer))
    with pytest.raises(ConfigError, match=words):
        read_architecture(path)


def test_many_wide_layers_are_a_giant_too(tmp_path: Path) -> None:
    wide = {"class_name": "LSTM", "module": "keras.layers", "config": {"units": 4096}}
    content = {"class_name": "Sequential", "module": "keras", "config": {"layers": [wide] * 3}}
    path = written(tmp_path / "x.keras", content)
    with pytest.raises(ConfigError, match="parameters at most"):
        build(read_architecture(path), path)


@pytest.mark.parametrize(
    ("shape", "stack"),
    [
        ((5_000, 1), [layers.LSTM(8)]),
        ((20_000, 1), [layers.Conv1D(16, 3), layers.GRU(8)]),
        ((20,), [layers.Embedding(30_522, 8), layers.LSTM(8)]),
        ((720, 21), [layers.Flatten(), layers.Dense(64)]),
        ((10, 8), [layers.Dense(4_096), layers.Flatten(), layers.Dense(1)]),
    ],
    ids=["long", "longer", "vocabulary", "flattened", "wide"],
)
def test_an_ordinary_model_is_no_giant(tmp_path: Path, shape: Any, stack: list[Any]) -> None:
    model = keras.Sequential([keras.Input(shape), *stack])
    model.compile(loss="mse")
    path = tmp_path / "mine.keras"
    model.save(path)
    assert load(path).count_params() == model.count_params()


def test_where_keras_cannot_count_parameters_they_are_estimated(tmp_path: Path) -> None:
    odd = {"class_name": "NoSuchLayer", "module": "keras.layers", "config": {"units": 100_000}}
    path = written(tmp_path / "x.keras", described(odd))
    with pytest.raises(ConfigError, match="parameters at most"):
        build(read_architecture(path), path)


def test_an_unrolled_layer_of_many_steps_is_refused(tmp_path: Path) -> None:
    layer = {
        "class_name": "LSTM",
        "module": "keras.layers",
        "config": {"units": 4, "unroll": True},
        "build_config": {"input_shape": [None, 100_000, 1]},
    }
    with pytest.raises(ConfigError, match="at most 16,384"):
        read_architecture(written(tmp_path / "x.keras", described(layer)))


def test_no_keras_file(tmp_path: Path) -> None:
    junk = tmp_path / "junk.keras"
    junk.write_bytes(b"not a zip")
    with pytest.raises(ConfigError, match="as Keras 3 saves it"):
        read_architecture(junk)
    with pytest.raises(ConfigError, match="that exists"):
        read_architecture(tmp_path / "none.keras")
    with pytest.raises(ConfigError, match="as Keras 3 saves it"):
        read_architecture(written(tmp_path / "list.keras", [1, 2]))


def test_a_loaded_model_has_its_weights_and_loss(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    model.compile(loss="mse")
    path = tmp_path / "mine.keras"
    model.save(path)
    again = load(path)
    for one, other in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.loss == "mse"


@pytest.mark.parametrize("name", files.configs())
def test_no_description_of_a_model_is_built_that_should_not_be(tmp_path: Path, name: str) -> None:
    path = files.keras_file(tmp_path / "x.keras", files.configs()[name], model__weights__h5=b"")
    with pytest.raises(ConfigError, match=r"^model must be"):
        load(path)


def test_weights_may_not_be_larger_than_the_file_nor_elsewhere(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    model.save(tmp_path / "sound.keras")
    with zipfile.ZipFile(tmp_path / "sound.keras") as archive:
        config = archive.read("config.json").decode()

    def refused(fill: Any) -> str:
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            fill(file)
        path = files.keras_file(tmp_path / "x.keras", config, model__weights__h5=buffer.getvalue())
        with pytest.raises(ConfigError) as caught:
            load(path)
        return str(caught.value)

    assert "unpack to 800 GB" in refused(
        lambda file: file.create_dataset("a/vars/0", (2 * 10**11,), "f4", chunks=(1024,))
    )
    assert "point to somewhere else" in refused(
        lambda file: file.__setitem__("a", h5py.ExternalLink("/etc/passwd", "/x"))
    )
    assert "no plain numbers" in refused(
        lambda file: file.create_dataset("a", (4,), "f4", external=[("/etc/passwd", 0, 16)])
    )
