#!/usr/bin/env python3
"""A trained PyTorch model of GPT-2 or Llama shape, as a folder that `carrybit run --weights` reads.

    from_state_dict.py CHECKPOINT OUT --heads 4 --activation gelu --task add --base 10 --length 8

CHECKPOINT is what torch.save(model.state_dict(), ...) wrote, or a dictionary with it under "model" or "state_dict" (as
nanoGPT's ckpt.pt). Names that are understood: nanoGPT's and Hugging Face's GPT-2 (wte, wpe, h.0.attn.c_attn, ...) and
Hugging Face's Llama (embed_tokens, layers.0.self_attn.q_proj, ...). Sizes are read off the tensors; what tensors do not
tell (heads, activation, what the tokens stand for) is said here. docs/bring-your-own.md shows the whole way.

Needs PyTorch (Debian: python3-torch). From Python: convert(state_dict, out, task={...}, heads=4, activation="gelu").
Exit status 2, and one line, on everything that a forward pass of ours would compute differently.
"""

import argparse
import json
import pathlib
import struct
import sys

import torch

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
ACTIVATIONS = {"gpt2": {"gelu": "gelu", "relu": "relu"}, "llama": {"silu": "swiglu", "relu": "reglu"}}


class Refused(Exception):
    """What is wrong, where, and what is accepted: one line."""


class Tensors:
    """A state dict whose tensors are taken one by one; what is left over in the end is refused."""

    def __init__(self, state, prefix):
        self.state = {name.removeprefix(prefix): tensor for name, tensor in state.items()}

    def has(self, name):
        return name in self.state

    def take(self, name, *shape):
        if name not in self.state:
            raise Refused(f"the state dict has no tensor {name}")
        tensor = self.state.pop(name).detach().to("cpu")
        if shape and tuple(tensor.shape) != shape:
            raise Refused(f"tensor {name} has shape {tuple(tensor.shape)}; accepted: {shape}")
        if not tensor.is_floating_point() or not torch.isfinite(tensor).all():
            raise Refused(f"tensor {name} is not made of finite floating-point numbers")
        return tensor

    def linear(self, out, name, mine, rows, cols, turned=False):
        """weight and, where there is one, bias; `turned`: inputs are rows, as Hugging Face's Conv1D has them."""
        weight = self.take(f"{name}.weight", *((cols, rows) if turned else (rows, cols)))
        out[f"{mine}.weight"] = weight.T if turned else weight
        if self.has(f"{name}.bias"):
            out[f"{mine}.bias"] = self.take(f"{name}.bias", rows)

    def norm(self, out, name, mine, width, shift):
        out[f"{mine}.weight"] = self.take(f"{name}.weight", width)
        if shift:  # nanoGPT's bias=False has none
            out[f"{mine}.bias"] = self.take(f"{name}.bias", width) if self.has(f"{name}.bias") else torch.zeros(width)

    def count_layers(self, pattern):
        count = 0
        while any(name.startswith(pattern.format(count)) for name in self.state):
            count += 1
        return count

    def drop(self, ending):
        for name in [n for n in self.state if n.endswith(ending)]:
            del self.state[name]

    def nothing_left(self):
        if self.state:
            raise Refused(f"tensor {sorted(self.state)[0]} has no place in a model of this shape; accepted: none beside those "
                          "of docs/bring-your-own.md")


def split_heads(width, heads, what):
    if heads < 1 or width % heads:
        raise Refused(f"--heads {heads}: accepted is a divisor of {width}, {what}")
    return width // heads


def head_of(tensors, out, vocabulary, width):
    """Whether the output head is the token embedding; else its tensors are taken."""
    if not tensors.has("lm_head.weight"):
        return True
    weight = tensors.take("lm_head.weight", vocabulary, width)
    bias = tensors.take("lm_head.bias", vocabulary) if tensors.has("lm_head.bias") else None
    if bias is None and torch.equal(weight, out["token_embedding.weight"]):
        return True
    out["head.weight"] = weight
    if bias is not None:
        out["head.bias"] = bias
    return False


def gpt2(tensors, heads, epsilon):
    out = {}
    vocabulary, width = tensors.state["wte.weight"].shape
    out["token_embedding.weight"] = tensors.take("wte.weight")
    out["position_embedding.weight"] = tensors.take("wpe.weight")
    length = out["position_embedding.weight"].shape[0]
    if out["position_embedding.weight"].shape[1] != width:
        raise Refused(f"tensor wpe.weight has {out['position_embedding.weight'].shape[1]} channels; accepted: wte's {width}")
    layers = tensors.count_layers("h.{}.")
    fused = tensors.state.get("h.0.attn.c_attn.weight")
    if fused is None or sorted(fused.shape) != [width, 3 * width]:
        raise Refused(f"h.0.attn.c_attn.weight is missing or not {width} by {3 * width}; accepted: query, key and value in one")
    turned = tuple(fused.shape) == (width, 3 * width)
    inner = tensors.state["h.0.mlp.c_fc.weight"].shape[1 if turned else 0] if tensors.has("h.0.mlp.c_fc.weight") else 0
    tensors.drop(".attn.bias")  # the causal mask, kept as a buffer
    tensors.drop(".attn.masked_bias")
    for i in range(layers):
        theirs, mine = f"h.{i}", f"layers.{i}"
        tensors.norm(out, f"{theirs}.ln_1", f"{mine}.attention_norm", width, True)
        joined = {}
        tensors.linear(joined, f"{theirs}.attn.c_attn", "qkv", 3 * width, width, turned)
        for part, name in enumerate(("query", "key", "value")):
            for kind, tensor in joined.items():
                out[f"{mine}.{name}.{kind.removeprefix('qkv.')}"] = tensor[part * width:(part + 1) * width]
        tensors.linear(out, f"{theirs}.attn.c_proj", f"{mine}.output", width, width, turned)
        tensors.norm(out, f"{theirs}.ln_2", f"{mine}.ffn_norm", width, True)
        tensors.linear(out, f"{theirs}.mlp.c_fc", f"{mine}.up", inner, width, turned)
        tensors.linear(out, f"{theirs}.mlp.c_proj", f"{mine}.down", width, inner, turned)
    tensors.norm(out, "ln_f", "final_norm", width, True)
    tied = head_of(tensors, out, vocabulary, width)
    head_dim = split_heads(width, heads, "the width")
    config = {"max_length": length, "width": width, "layers": layers, "heads": heads, "kv_heads": heads, "head_dim": head_dim,
              "ffn": inner, "norm": "layer_norm", "norm_epsilon": 1e-5 if epsilon is None else epsilon, "positions": "learned",
              "rotary_base": 10000.0, "tied_head": tied}
    return config, out


def check_frequencies(tensors, head_dim, theta):
    """Older files keep the rotary frequencies: they must be those of --rope-theta."""
    for name in [n for n in tensors.state if n.endswith("rotary_emb.inv_freq")]:
        expected = theta ** -(torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim)
        kept = tensors.take(name).to(torch.float64)
        if kept.shape != expected.shape or not torch.allclose(kept, expected, rtol=1e-4):
            raise Refused(f"tensor {name} is not of --rope-theta {theta}; accepted: plain rotary positions and their base")


def llama(tensors, heads, epsilon, theta):
    out = {}
    vocabulary, width = tensors.state["embed_tokens.weight"].shape
    out["token_embedding.weight"] = tensors.take("embed_tokens.weight")
    layers = tensors.count_layers("layers.{}.")
    queries = tensors.state["layers.0.self_attn.q_proj.weight"].shape[0]
    keys = tensors.state["layers.0.self_attn.k_proj.weight"].shape[0]
    inner = tensors.state["layers.0.mlp.up_proj.weight"].shape[0]
    head_dim = split_heads(queries, heads, "the query rows")
    kv_heads = keys // head_dim
    if head_dim % 2 or keys % head_dim or heads % max(kv_heads, 1):
        raise Refused(f"--heads {heads}: heads of {head_dim} channels do not fit {queries} query and {keys} key rows; accepted: an "
                      "even number of channels, key heads that divide the query heads")
    check_frequencies(tensors, head_dim, theta)
    for i in range(layers):
        theirs, mine = f"layers.{i}", f"layers.{i}"
        for name, part, rows, cols in (("self_attn.q_proj", "query", queries, width), ("self_attn.k_proj", "key", keys, width),
                                       ("self_attn.v_proj", "value", keys, width), ("self_attn.o_proj", "output", width, queries),
                                       ("mlp.gate_proj", "gate", inner, width), ("mlp.up_proj", "up", inner, width),
                                       ("mlp.down_proj", "down", width, inner)):
            tensors.linear(out, f"{theirs}.{name}", f"{mine}.{part}", rows, cols)
        tensors.norm(out, f"{theirs}.input_layernorm", f"{mine}.attention_norm", width, False)
        tensors.norm(out, f"{theirs}.post_attention_layernorm", f"{mine}.ffn_norm", width, False)
    tensors.norm(out, "norm", "final_norm", width, False)
    tied = head_of(tensors, out, vocabulary, width)
    config = {"max_length": 0, "width": width, "layers": layers, "heads": heads, "kv_heads": kv_heads, "head_dim": head_dim,
              "ffn": inner, "norm": "rms_norm", "norm_epsilon": 1e-6 if epsilon is None else epsilon, "positions": "rotary",
              "rotary_base": theta, "tied_head": tied}
    return config, out


def task_tokens(task):
    """Carrybit's tokens of a task, in the order of their numbers: the digits, then + * =."""
    return list(DIGITS[:task["base"]]) + ["+", "*", "="]


def reorder_tokens(out, task, characters):
    """Rows of the embedding and the head in the order of Carrybit's token numbers; the texts of them all. A token that the
    model lacks (* of an adder) takes the rows of =, which is never an answer: no answer becomes right or wrong by it."""
    wanted = task_tokens(task)
    rows = out["token_embedding.weight"].shape[0]
    if characters is None:
        if rows < len(wanted):
            raise Refused(f"the model has {rows} tokens, this task {len(wanted)} ({''.join(wanted)}); accepted: --characters with "
                          "the model's tokens in order")
        return wanted + [""] * (rows - len(wanted))
    if len(characters) != rows or len(set(characters)) != rows:
        raise Refused(f"--characters has {len(characters)} characters, the model {rows} tokens; accepted: one each, all different")
    sign = {"add": "+", "iter_add": "+", "mul": "*"}.get(task["task"], "")
    for token in (*DIGITS[:task["base"]], "=", *sign):
        if token not in characters:
            raise Refused(f"--characters has no '{token}'; accepted: all digits of the base, '=' and the task's sign")
    ids = [characters.index(token if token in characters else "=") for token in wanted]
    ids += [i for i, c in enumerate(characters) if c not in wanted]
    for name in ("token_embedding.weight", "head.weight", "head.bias"):
        if name in out:
            out[name] = out[name][ids]
    return wanted + [""] * (len(ids) - len(wanted))


def input_tokens(task):
    n, kind = task["length"], task["task"]
    operands = {"add": 2, "mul": 2, "iter_add": task.get("addends", 0)}.get(kind, 1)
    carry = 1
    while kind == "iter_add" and task["base"] ** carry < operands:
        carry += 1
    answer = {"add": n + 1, "iter_add": n + carry, "mul": task.get("answer_digits") or 2 * n}.get(kind, 1)
    return operands * (n + 1) + answer - 1


def write_safetensors(path, tensors):
    kind = "F64" if any(t.dtype == torch.float64 for t in tensors.values()) else "F32"  # halves are exact in F32
    letter, size = {"F64": ("d", 8), "F32": ("f", 4)}[kind]
    header, data, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name in sorted(tensors):
        values = tensors[name].to(torch.float64).contiguous().reshape(-1).tolist()
        packed = struct.pack(f"<{len(values)}{letter}", *values)
        header[name] = {"dtype": kind, "shape": list(tensors[name].shape), "data_offsets": [offset, offset + size * len(values)]}
        offset += len(packed)
        data.append(packed)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


def convert(state, out, task, heads, activation, characters=None, norm_epsilon=None, rope_theta=10000.0, name=None):
    """Writes out/config.json and out/model.safetensors. `task` holds the keys of config.json's task. Raises Refused."""
    state = {k.removeprefix("_orig_mod.").removeprefix("module."): v for k, v in state.items() if isinstance(v, torch.Tensor)}
    for prefix, shape, sign in (("transformer.", "gpt2", "wte.weight"), ("", "gpt2", "wte.weight"),
                                ("model.", "llama", "embed_tokens.weight"), ("", "llama", "embed_tokens.weight")):
        if prefix + sign in state:
            break
    else:
        found = ", ".join(sorted(state)[:3]) or "no tensor"
        raise Refused(f"the names ({found}, ...) are not known; accepted: GPT-2's (wte.weight, ...), Llama's (embed_tokens.weight, ...)")
    if activation not in ACTIVATIONS[shape]:
        more = "; its tanh approximation (gelu_new, GELU('tanh')) is another function" if activation.startswith("gelu") else ""
        raise Refused(f"--activation {activation}: accepted for {shape}: {', '.join(ACTIVATIONS[shape])}{more}")
    tensors = Tensors(state, prefix)
    try:
        config, mine = gpt2(tensors, heads, norm_epsilon) if shape == "gpt2" else llama(tensors, heads, norm_epsilon, rope_theta)
    except KeyError as missing:
        raise Refused(f"the state dict has no tensor {missing.args[0]}") from None
    tensors.nothing_left()
    if config["positions"] == "learned" and config["max_length"] < input_tokens(task):
        raise Refused(f"the model reads at most {config['max_length']} tokens; this task has sequences of {input_tokens(task)}")
    texts = reorder_tokens(mine, task, characters)
    out = pathlib.Path(out)
    config = {"architecture": "carrybit", "version": 1, "name": name or out.name, "vocabulary": len(texts), **config,
              "activation": ACTIVATIONS[shape][activation], "attention_scale": "inverse_sqrt", "vocabulary_text": texts,
              "task": task}
    out.mkdir(parents=True, exist_ok=True)
    write_safetensors(out / "model.safetensors", mine)
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    return config


def read_checkpoint(path):
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds
        raise Refused(f"{path}: {str(error).splitlines()[0][:200]}; accepted: a file of torch.save(model.state_dict(), ...)") from None
    for key in ("model", "state_dict"):
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            return found[key], found.get("model_args", {})
    if not isinstance(found, dict):
        raise Refused(f"{path} holds no dictionary of tensors; accepted: a file of torch.save(model.state_dict(), ...)")
    return found, {}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--heads", type=int, help="query heads (a nanoGPT checkpoint says them itself)")
    parser.add_argument("--activation", required=True, help="gelu (the exact one) or relu of GPT-2, silu or relu of Llama")
    parser.add_argument("--norm-epsilon", type=float, help="default 1e-5 of GPT-2, 1e-6 of Llama")
    parser.add_argument("--rope-theta", type=float, default=10000.0, help="base of Llama's rotary positions")
    parser.add_argument("--characters", help="the model's tokens in the order of its ids, one character each, as in '+0123456789='")
    parser.add_argument("--task", required=True, choices=["add", "iter_add", "mul", "majority", "parity"])
    parser.add_argument("--base", type=int, default=10)
    parser.add_argument("--length", type=int, required=True, help="digits to which every operand is zero-padded")
    parser.add_argument("--addends", type=int, default=0)
    parser.add_argument("--answer-digits", type=int, default=0, help="of mul, where it is not twice the length")
    parser.add_argument("--answer-order", choices=["msb", "lsb"], default="msb")
    parser.add_argument("--operand-order", choices=["msb", "lsb"], default="msb")
    return parser.parse_args()


def main():
    a = arguments()
    try:
        if not 2 <= a.base <= 36 or a.length < 1 or (a.task == "iter_add") != (a.addends >= 2):
            raise Refused("--base 2 to 36, --length from 1 and, of iter_add alone, --addends from 2 are accepted")
        state, known = read_checkpoint(a.checkpoint)
        heads = a.heads or known.get("n_head")
        if not heads:
            raise Refused("--heads is missing: a state dict does not tell how many there are")
        task = {"task": a.task, "base": a.base, "length": a.length, "addends": a.addends, "answer_digits": a.answer_digits,
                "answer_order": f"{a.answer_order}_first", "operand_order": f"{a.operand_order}_first"}
        config = convert(state, a.out, task, heads, a.activation, a.characters, a.norm_epsilon, a.rope_theta)
    except Refused as refusal:
        print(f"from_state_dict.py: {refusal}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(f"from_state_dict.py: {error.filename}: {error.strerror}", file=sys.stderr)
        sys.exit(2)
    shape = "Llama" if config["norm"] == "rms_norm" else "GPT-2"
    print(f"{a.out}: {shape} shape, {config['layers']} layers, width {config['width']}, {config['heads']} heads, "
          f"{config['vocabulary']} tokens, for {a.task} of {a.length} digits in base {a.base}")


if __name__ == "__main__":
    main()
