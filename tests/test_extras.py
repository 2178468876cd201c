"""What is not installed is one sentence with the line that installs it, wherever it is missing."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from echospan.errors import MissingExtra
from echospan.extras import EXTRAS, missing_of, needs
from without import HEAVY, without

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NO_TORCH = pytest.mark.skipif(find_spec("torch") is None, reason="no torch")


def names(requirements):
    """Names of the packages, without versions and extras."""
    ends = str.maketrans(dict.fromkeys("<>=!~;[", " "))
    return {one.translate(ends).split()[0].lower().replace("-", "_") for one in requirements}


def test_each_package_is_brought_by_the_extra_that_its_message_names():
    brought = {extra: names(listed) for extra, listed in PROJECT["optional-dependencies"].items()}
    for package, extra in EXTRAS.items():
        # jaxlib comes with jax, and pytorch_lightning is Lightning under its earlier name.
        name = OTHER_NAMES.get(package, package)
        assert name in brought[extra], package
    assert not names(PROJECT["dependencies"]) & set(EXTRAS)
    assert set(HEAVY) == {name for name, extra in EXTRAS.items() if extra in IN_ALL}


OTHER_NAMES = {
    "jaxlib": "jax",
    "pytorch_lightning": "lightning",
    "mlflow": "mlflow_skinny",
    "tensorboardX": "tensorboardx",
}

IN_ALL = {"jax", "figures", "data", "needs"}


def test_all_is_what_the_main_job_needs():
    (listed,) = PROJECT["optional-dependencies"]["all"]
    assert set(listed.partition("[")[2].rstrip("]").split(",")) == IN_ALL
    for extra in ("test", "docs"):
        assert "echospan[all]" in PROJECT["optional-dependencies"][extra]


def test_the_sentence_ends_in_the_line_to_type():
    with pytest.raises(MissingExtra) as caught:
        needs("A chart", "numpy", "polars_of_nobody")
    assert str(caught.value) == (
        "A chart needs polars_of_nobody, which is not installed: pip install polars_of_nobody"
    )
    error = MissingExtra("Training", ["jax", "keras"], "jax")
    assert str(error) == (
        "Training needs jax and keras, which are not installed: pip install 'echospan[jax]'"
    )
    assert error.name == "keras"
    for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (str(again), again.extra) == (str(error), "jax")


def test_only_what_an_extra_brings_gets_its_line():
    assert missing_of(ModuleNotFoundError(name="yaml_of_nobody"), "It") is None
    # It is installed: something else is wrong with it.
    assert missing_of(ImportError(name="jax.numpy"), "It") is None
    assert missing_of(ImportError("without a name"), "It") is None


AT_ONCE = (
    "adapters/huggingface/",
    "adapters/jax/named_losses.py",
    "adapters/torch/named_losses.py",
    "adapters/torch/step_method.py",
    "layers",
    "lab/",
    "engine/kernels",
    "lightning.py",
    "report/figures/shown.py",
    "transformers.py",
    "adapters/keras/fit_call.py",
)
"""Modules that import what an extra brings when they are imported themselves."""


def at_once(tree):
    """Names that a module imports when it is imported: not in functions, not for types alone."""
    for node in tree:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            yield from at_once(node.orelse)
        elif not isinstance(node, ast.FunctionDef):
            yield from at_once(ast.iter_child_nodes(node))


def test_what_an_extra_brings_is_imported_when_it_is_used():
    package = ROOT / "src" / "echospan"
    for file in package.rglob("*.py"):
        place = file.relative_to(package).as_posix()
        if not place.startswith(AT_ONCE):
            tree = ast.parse(file.read_text("utf-8")).body
            tops = {name.partition(".")[0] for name in at_once(tree)}
            assert not tops & set(EXTRAS), place


LOADED = """
import sys
{first}
before = set(sys.modules)
{code}
own = {{name.partition(".")[0] for name in set(sys.modules) - before}}
own -= {{*sys.stdlib_module_names, "echospan", "cython_runtime"}}
print("LOADED", *sorted(name for name in own if not name.startswith("_")))
"""

TORCH_CHECK = """
import numpy as np
import torch
import echospan
model = torch.nn.Sequential(torch.nn.Flatten(1), torch.nn.Linear(5, 1))
x = np.random.default_rng(0).normal(size=(64, 5, 1)).astype("float32")
report = echospan.check(model, x, x[:, 0])
assert report.needs_lag.lag == 4, report
"""


def loaded(code, first=""):
    """Packages of others that the code imports, beside those that `first` does."""
    code = LOADED.format(code=code, first=first)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split()[1:])


TERMINAL = {
    "typer", "click", "rich", "shellingham", "typing_extensions", "annotated_doc", "pygments",
    "markdown_it", "mdurl", "attr",
}  # fmt: skip
"""What the command line itself may import, before a command runs."""

LIBRARY = {"numpy", "pydantic", "pydantic_core", "annotated_types", "typing_inspection"}


def test_importing_the_package_imports_nothing_of_others():
    assert loaded("import echospan\ndir(echospan)") == set()


def test_help_imports_the_terminal_alone():
    code = "from echospan.cli.main import run\nassert run(['--help']) == 0"
    assert loaded(code) <= TERMINAL


def test_completion_imports_no_framework():
    code = "from echospan.cli import complete\nassert complete.models('l') and complete.codes('s')"
    assert not loaded(code) & {*HEAVY, "torch"}


@NO_TORCH
@pytest.mark.slow
def test_a_check_of_a_torch_module_imports_nothing_that_is_optional():
    assert loaded(TORCH_CHECK, first="import torch") <= TERMINAL | LIBRARY


THREE_METHODS = """
import numpy as np
import echospan

class Summed:
    def inputs(self, batch, time, seed):
        return np.random.default_rng(seed).normal(size=(batch, time, 2))
    def whole(self, x):
        return self.run(x, None)[0]
    def run(self, x, state):
        y = np.cumsum(x, 1) + (0.0 if state is None else state)
        return y, y[:, -1:]

assert echospan.conform(Summed()).verdict == "conforms"
"""


def test_conform_of_three_methods_imports_nothing_that_is_optional():
    assert loaded(THREE_METHODS) <= TERMINAL | LIBRARY


# What each of these needs, as the extra that its message must name.
CALLS = {
    "run": ("echospan.run('window', store='runs')", "jax"),
    "run of an experiment": ("echospan.run(experiment, store='runs')", "jax"),
    "span by name": ("echospan.span('lstm', lags=[0], seeds=1)", "jax"),
    "span by class": ("echospan.span(echospan.models.GRU(units=4), lags=[0], seeds=1)", "jax"),
    "span of a pair": ("echospan.span(lambda symbols: (len, max), lags=[0])", "jax"),
    "span of a file": ("echospan.span('a.keras', lags=[0])", "jax"),
    "compare": ("echospan.compare(['lstm', 'gru'], lags=[0], seeds=1)", "jax"),
    "fit": ("echospan.fit(object(), [[1.0]], [[1.0]])", "jax"),
    "evaluate": ("echospan.evaluate(object(), [[1.0]], [[1.0]])", "jax"),
    "predict": ("echospan.predict(object(), [[1.0]])", "jax"),
    "layers": ("echospan.layers.LMU", "jax"),
    "a layer by its module": ("__import__('echospan.layers.lru')", "jax"),
    "callback": ("echospan.FramingCheck()", "jax"),
    "init": ("echospan.models.Init(0)", "jax"),
    "check_task": ("echospan.testing.check_task(echospan.tasks.Echo(lag=1))", "jax"),
    "check_streaming": ("echospan.testing.check_streaming(None, np.ones((2, 6, 1)))", "jax"),
    "check_model": (
        "echospan.testing.check_model(echospan.models.GRU(units=4), experiment)", "jax",
    ),
    "storing weights": (
        "echospan.Store('store').create(recipe='a', config={}, fingerprint='a', seed=0)"
        ".save_weights({'a': np.ones(1)})",
        "jax",
    ),
    "needs": ("echospan.needs(np.arange(99.0))", "needs"),
    "lightning": ("__import__('echospan.lightning')", "lightning"),
    "transformers": ("__import__('echospan.transformers')", "transformers"),
    **{
        f"{method} of {name}": (f"{name}.{method}()", extra)
        for name in (
            "report", "sheet", "result", "comparison", "conformed", "used", "needed", "diagnosed",
            "swept",
        )
        for method, extra in (("figure", "figures"), ("to_frame", "data"))
    },
    **{
        f"save {suffix}": (f"sheet.save('sheet.{suffix}')", extra)
        for suffix, extra in (
            ("png", "figures"), ("svg", "figures"), ("pdf", "figures"), ("csv", "data"),
            ("parquet", "data"),
        )
    },
}  # fmt: skip

RESULTS = """
import json
import numpy as np
import echospan
import echospan.testing
from report.conforms import found
from report.diagnoses import found as diagnosis
from report.needed import needed
from report.samples import stored
from report.sheets import full_sheet
from report.sweeps import result as sweep
from report.usages import found as usage
from echospan.recipe import find
from echospan.report.objects import CheckReport, Comparison, RunResult, Sheet
from echospan.results.check_report import Lag, Needs

sheet = full_sheet()
experiment = find("window").settle({})
result = RunResult.from_dict(stored())
comparison = Comparison((sheet, sheet), (), (), 1.0)
reach = (Lag(0, True, True, 1.0), Lag(1, False, False, 0.0))
report = CheckReport((), reach=reach, needs_lag=Needs(1, "declared"))
conformed = found()
used = usage()
needed = needed()
diagnosed = diagnosis()
swept = sweep()
"""

EACH = """
told = {}
for name, code in json.loads(CALLS).items():
    try:
        eval(code)
        told[name] = ["nothing", ""]
    except BaseException as error:
        told[name] = [type(error).__name__, str(error)]
print(json.dumps(told))
"""


def test_every_public_call_says_what_to_install(tmp_path):
    calls = json.dumps({name: code for name, (code, _) in CALLS.items()})
    (tmp_path / "a.keras").write_bytes(b"")
    done = without(
        (*HEAVY, "torch", "lightning", "pytorch_lightning", "transformers"),
        f"CALLS = {calls!r}\n" + RESULTS + EACH,
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    for name, (kind, message) in json.loads(done.stdout.splitlines()[-1]).items():
        assert kind == "MissingExtra", (name, kind, message)
        assert message.endswith(f"pip install 'echospan[{CALLS[name][1]}]'"), (name, message)
    # A run that cannot be trained leaves nothing behind.
    assert not (tmp_path / "runs").exists()


COMMANDS = {
    "tour": (["tour"], "jax"),
    "lab": (["lab", "--no-browser"], "lab"),
    "run": (["run", "window"], "jax"),
    "run --check": (["run", "window", "--check"], "jax"),
    "resume": (["run", "--resume", "latest"], "jax"),
    "span": (["span", "lstm", "--lags", "0"], "jax"),
    "span of a file": (["span", "a.keras"], "jax"),
    "span, figure": (["span", "lstm", "-o", "a.png"], "figures"),
    "span, frame": (["span", "lstm", "-o", "a.parquet"], "data"),
    "compare": (["compare", "lstm", "gru", "--lags", "0"], "jax"),
    "compare, frame": (["compare", "lstm", "gru", "-o", "a.csv"], "data"),
    "sweep": (["sweep", "a.toml"], "jax"),
    "check of a file": (["check", "--model", "a.keras", "--data", "a.npz"], "jax"),
    "check of a function": (["check", "keras_model.py:arguments"], "jax"),
    "check of torch": (["check", "torch_model.py:arguments"], "torch"),
    "needs": (["needs", "b.csv"], "needs"),
    "check, figure": (["check", "torch_model.py:arguments", "--figure", "a.png"], "figures"),
    "conform of a file": (["conform", "a.keras"], "jax"),
    "conform of a built-in model": (["conform", "lstm"], "jax"),
    "conform of torch": (["conform", "torch_model.py:arguments"], "torch"),
    "conform of transformers": (["conform", "hf:MambaForCausalLM"], "transformers"),
    "predict": (["predict", "latest", "1", "2"], "jax"),
    "forecast": (["forecast", "latest"], "jax"),
    "stream": (["stream", "latest"], "jax"),
    "runs export": (["runs", "export", "latest", "a.keras"], "jax"),
    "export": (["export", "latest", "--to", "keras"], "jax"),
    "export to ONNX": (["export", "latest", "--to", "onnx"], "jax"),
    "serve": (["serve", "latest", "--port", "0"], "jax"),
    "report, figures": (["report", "latest", "--figures", "folder"], "figures"),
}
"""Commands with what each needs, as the extra that its message must name."""

WORKING = {
    "list": ["list"],
    **{f"list {kind}": ["list", kind] for kind in ("models", "tasks", "framings", "findings")},
    "show": ["show", "mistake"],
    "code": ["code", "mistake"],
    "explain": ["explain", "state-row-mismatch"],
    "explain a symptom": ["explain", "loss", "stays", "flat"],
    "data": ["data", "a.csv", "--column", "n"],
    "needs of symbols": ["needs", "c.txt", "--lookbacks", "1"],
    "doctor-env": ["doctor-env"],
    "doctor-env --json": ["doctor-env", "--json"],
    "runs list": ["runs", "list"],
    "runs show": ["runs", "show", "latest"],
    "report": ["report", "latest", "-o", "a.html"],
    "export": ["runs", "export", "latest", "a.zip"],
    **{
        f"help of {name}": [name, "--help"]
        for name in (
            "run",
            "span",
            "compare",
            "check",
            "predict",
            "forecast",
            "stream",
            "tour",
            "serve",
            "export",
        )
    },
}
"""Commands that need none of the extras."""

SHELL = """
import json, os, sys
from echospan.cli.main import run
told = {}
out, err = os.dup(1), os.dup(2)
for name, argv in json.loads(COMMANDS).items():
    with open("out", "w+b") as one, open("err", "w+b") as two:
        os.dup2(one.fileno(), 1), os.dup2(two.fileno(), 2)
        try:
            code = run(argv)
        except BaseException as error:
            code = repr(error)
        sys.stdout.flush(), sys.stderr.flush()
        os.dup2(out, 1), os.dup2(err, 2)
    told[name] = [code, open("out").read(), open("err").read()]
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory, trained):
    """Exit code, output and errors of each command where nothing of the extras is installed."""
    import zipfile

    import numpy as np

    folder = tmp_path_factory.mktemp("core")
    for name in ("keras", "torch"):
        (folder / f"{name}_model.py").write_text(
            f"import {name}\n\n\ndef arguments():\n    return {{}}\n"
        )
    (folder / "a.toml").write_text('recipe = "window"\n[sweep]\nseed = [0]\n')
    (folder / "a.csv").write_text("n\n1\n2\n1\n")
    (folder / "b.csv").write_text("n\n" + "\n".join(str(n / 2) for n in range(99)))
    (folder / "c.txt").write_text("ab" * 99)
    np.savez(folder / "a.npz", x=np.ones((4, 3, 1)), y=np.ones(4))
    with zipfile.ZipFile(folder / "a.keras", "w") as file:
        file.writestr("config.json", '{"class_name": "Sequential", "config": {"layers": []}}')
    commands = {name: argv for name, (argv, _) in COMMANDS.items()}
    commands |= {f"works: {name}": argv for name, argv in WORKING.items()}
    done = without(
        (*HEAVY, "torch"), f"COMMANDS = {json.dumps(commands)!r}\n" + SHELL, folder,
        ECHOSPAN_STORE=str(trained),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_to_install(said, name):
    code, out, err = said[name]
    assert (code, out) == (2, ""), (code, out, err)
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert f"pip install 'echospan[{COMMANDS[name][1]}]'" in err


@pytest.mark.slow
@pytest.mark.parametrize("name", WORKING)
def test_what_needs_no_extra_works_without(said, name):
    code, out, err = said[f"works: {name}"]
    assert (code, err) == (0, ""), (code, err)
    assert out


@pytest.mark.slow
def test_doctor_env_says_what_is_missing(said):
    facts = json.loads(said["works: doctor-env --json"][1])
    assert facts["backend"]["problem"].endswith("pip install 'echospan[jax]'")
    assert facts["devices"] == []
    assert facts["kernels"]["in_use"] is None
    assert facts["kernels"]["setting"] == "auto"
