"""The lines that build and run the model with transformers alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from echospan.adapters.huggingface.calling import Call
from echospan.adapters.stateful import Script

BUILD = (
    "import torch",
    "from transformers import {config}, {model}",
    "",
    "torch.set_default_dtype(torch.float64)",
    "torch.manual_seed(0)",
    "config = {config}(",
    "{sizes}",
    ")",
    "model = {model}(config).eval()",
    "# Larger weights, so that the difference is plain.",
    "with torch.no_grad():",
    "    for name, weight in model.named_parameters():",
    "        if weight.ndim > 1 and not name.endswith('A_log'):",
    "            weight.normal_(std=weight.shape[-1] ** -0.5)",
)
"""Of a script; the last lines are those that the weights of recurrences need."""

DECAYS = (
    "        if name.endswith('A_log'):",
    "            weight.zero_()",
    "        if name.endswith(('dt_bias', 'dt_proj.bias', 'dt_proj_bias')):",
    "            weight.fill_(-2.25)",
)
INPUTS = (
    "def inputs(batch, time, seed):",
    "    return np.random.default_rng(seed).integers({first}, {symbols}, (batch, time))",
)
CALL = (
    "def call(x, mask, positions, **more):",
    "    given = {'input_ids': torch.as_tensor(x)}",
)
MASK = (
    "    if mask is not None:",
    "        given['attention_mask'] = torch.as_tensor({mask}).long()",
)
POSITIONS = (
    "    if positions is not None:",
    "        given['position_ids'] = torch.as_tensor(positions)",
)
RUN = (
    "    with torch.no_grad():",
    "        return model(**given, **more)",
    "",
    "",
    "def whole(x, mask=None, positions=None):",
    "    return call(x, mask, positions, use_cache=False).logits.numpy()",
    "",
    "",
    "def run(x, state, mask=None, positions=None):",
    "    output = call(x, mask, positions, {cache}=state, use_cache=True)",
    "    return output.logits.numpy(), output.{cache}",
)
OUTSIDE = {
    "    output = call(x, mask, positions, {cache}=state, use_cache=True)": (
        "    state = DynamicCache(config=model.config) if state is None else state",
        "    output = call(x, mask, positions, {cache}=state, use_cache=True)",
    ),
    "    return output.logits.numpy(), output.{cache}": (
        "    return output.logits.numpy(), state",
    ),
}
"""Lines of `RUN` with what takes their place where the model's output holds no cache."""

PARTS: Mapping[str, tuple[str, ...]] = {
    "save": (
        "import io",
        "",
        "",
        "def save(state):",
        "    file = io.BytesIO()",
        "    torch.save(state, file)",
        "    file.seek(0)",
        "    return torch.load(file, weights_only=False)",
    ),
    "rows": (
        "def rows(state, index):",
        "    state.reorder_cache(torch.as_tensor(list(index)))",
        "    return state",
    ),
    "reset": ("def reset(state):", "    state.reset()", "    return state"),
    "crop": ("def crop(state, steps):", "    state.crop(-steps)", "    return state"),
    "packed": (
        "def packed(x, lengths, means):",
        "    positions = np.concatenate([np.arange(n) for n in lengths])[None]",
        "    more = {}",
        "    if means == 'keywords':",
        "        ends = torch.as_tensor(np.cumsum([0, *lengths]), dtype=torch.int32)",
        "        rows = np.repeat(np.arange(len(lengths)), lengths)[None]",
        "        more = {",
        "            'seq_idx': torch.as_tensor(rows, dtype=torch.int32),",
        "            'cu_seq_lens_q': ends,",
        "            'cu_seq_lens_k': ends,",
        "            'max_length_q': max(lengths),",
        "            'max_length_k': max(lengths),",
        "        }",
        "    return call(x, None, positions, use_cache=False, **more).logits.numpy()",
    ),
}
IGNORED = ("dtype", "architectures", "transformers_version", "model_type")


def script_of(
    model: Any, sizes: Mapping[str, Any] | None, call: Call, outside: bool = False
) -> Script | None:
    """Write the lines; None for a class that transformers does not have.

    Args:
        model: The model.
        sizes: Arguments of its configuration; None: read from it what is not a default.
        call: What its forward takes.
        outside: Whether the caller makes the cache, as `generate` does.
    """
    import transformers

    config, kind = type(model.config).__name__, type(model).__name__
    if not hasattr(transformers, config) or not hasattr(transformers, kind):
        return None
    if sizes is None:
        sizes = {k: v for k, v in model.config.to_diff_dict().items() if k not in IGNORED}
    rows = "\n".join(f"    {name}={value!r}," for name, value in sizes.items())
    names = [name for name, _ in model.named_parameters()]
    decays = any(name.endswith(("A_log", "dt_bias", "dt_proj.bias")) for name in names)
    build = [line.format(config=config, model=kind, sizes=rows) for line in BUILD]
    if outside:
        build[1] = f"from transformers import DynamicCache, {config}, {kind}"
    lines = [each for line in RUN for each in (OUTSIDE.get(line, (line,)) if outside else (line,))]
    symbols = model.config.get_text_config(decoder=True).vocab_size
    first = 3 if symbols > 6 else 0
    mask = "mask[:, -x.shape[1] :]" if call.own_mask else "mask"
    run = [
        *CALL,
        *(line.format(mask=mask) for line in (MASK if call.mask else ())),
        *(POSITIONS if call.positions else ()),
        *(line.format(cache=call.cache) if "{cache}" in line else line for line in lines),
    ]
    return Script(
        (*build, *(DECAYS if decays else ())),
        tuple(line.format(first=first, symbols=symbols) for line in INPUTS),
        tuple(run),
        PARTS,
    )
