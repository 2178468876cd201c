from __future__ import annotations

import pytest


def test_keras(on_trained, tmp_path):
    said = on_trained("export", "latest:stream", "--to", "keras", "-o", tmp_path / "a.keras")
    assert said.code == 0, said.err
    assert (tmp_path / "a.keras").stat().st_size > 0
    assert "load_model" in said.out


def test_the_file_is_called_by_the_run(on_trained, tmp_path):
    told = on_trained("export", "latest:window", "--to", "keras", "--json").json
    assert told["path"] == f"{told['run_id']}.keras"
    assert (tmp_path / told["path"]).exists()


def test_wrong_calls(on_trained, tmp_path):
    assert ".keras" in on_trained.refused("export", "latest", "--to", "keras", "-o", "a.onnx")
    assert "--to" in on_trained.refused("export", "latest", "--to", "torch")
    assert "--to" in on_trained.refused("export", "latest")
    on_trained.refused("export", "no-such-run", "--to", "keras")
    (tmp_path / "a.keras").write_text("")
    assert "--overwrite" in on_trained.refused("export", "latest", "--to", "keras", "-o", "a.keras")


@pytest.mark.slow
def test_onnx_says_the_largest_difference(on_trained, tmp_path):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    said = on_trained("export", "latest:window", "--to", "onnx", "-o", tmp_path / "a.onnx")
    assert said.code == 0, said.err
    assert "the largest difference is" in said.out
    told = on_trained(
        *("export", "latest:stream", "--to", "onnx", "-o", tmp_path / "b.onnx", "--json")
    ).json
    assert told["states"] == ["state_0", "state_1"]
    assert 0 <= told["largest_difference"] <= told["tolerance"]
