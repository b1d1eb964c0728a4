#!/usr/bin/python3
"""A model that carrybit saved (`carrybit export`), run by plain PyTorch in float64.

    torch_load_export.py FOLDER TOKENS.json [--argmax]

FOLDER holds config.json and model.safetensors (docs/model-files.md). TOKENS.json holds a list of token sequences, or a
list of objects with a key "tokens". Prints one JSON object: "argmax", for every sequence the likeliest token after each
of its tokens, and "logits", for every sequence T x vocabulary (left out with --argmax).

The tensors' names are those of the modules below, so that load_state_dict() takes them as they are.
Needs nothing but torch (Debian: python3-torch).
"""

import argparse
import json
import math
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

import torch_files


class RmsNorm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x / torch.sqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


def norm(config):
    kind, width, eps = config["norm"], config["width"], config["norm_epsilon"]
    if kind == "layer_norm":
        return nn.LayerNorm(width, eps=eps)
    return RmsNorm(width, eps) if kind == "rms_norm" else nn.Identity()


def sinusoidal(length, width):
    """Vaswani et al. 2017, section 3.5."""
    table = torch.zeros(length, width)
    position = torch.arange(length, dtype=table.dtype)[:, None]
    angles = position / 10000 ** (torch.arange(0, width, 2, dtype=table.dtype) / width)
    table[:, 0::2] = angles.sin()
    table[:, 1::2] = angles.cos()[:, : width // 2]
    return table


def rotate(x, base):
    """Rotary positions, channels (c, c + head_dim/2) of each head a pair; x: heads x T x head_dim."""
    length, head_dim = x.shape[-2:]
    frequencies = base ** -(torch.arange(0, head_dim, 2, dtype=x.dtype) / head_dim)
    angles = torch.outer(torch.arange(length, dtype=x.dtype), frequencies)
    low, high = x.chunk(2, dim=-1)
    return torch.cat([low * angles.cos() - high * angles.sin(), high * angles.cos() + low * angles.sin()], dim=-1)


def alibi_slopes(heads):
    """Press et al. 2022, as in the authors' code."""
    if heads & (heads - 1) == 0:
        return [2 ** (-8 * (h + 1) / heads) for h in range(heads)]
    lower = 1 << (heads.bit_length() - 1)
    return alibi_slopes(lower) + alibi_slopes(2 * lower)[0::2][: heads - lower]


class Layer(nn.Module):
    def __init__(self, config, has_bias):
        super().__init__()
        self.config = config
        width, head_dim, ffn = config["width"], config["head_dim"], config["ffn"]
        queries, keys = config["heads"] * head_dim, config["kv_heads"] * head_dim
        self.attention_norm = norm(config)
        self.query = nn.Linear(width, queries, bias=has_bias("query"))
        self.key = nn.Linear(width, keys, bias=has_bias("key"))
        self.value = nn.Linear(width, keys, bias=has_bias("value"))
        self.output = nn.Linear(queries, width, bias=has_bias("output"))
        self.gated = config["activation"] in ("reglu", "swiglu")
        if ffn > 0:
            self.ffn_norm = norm(config)
            if self.gated:
                self.gate = nn.Linear(width, ffn, bias=has_bias("gate"))
            self.up = nn.Linear(width, ffn, bias=has_bias("up"))
            self.down = nn.Linear(ffn, width, bias=has_bias("down"))
        self.act = {"relu": F.relu, "gelu": F.gelu, "reglu": F.relu, "swiglu": F.silu}[config["activation"]]

    def attend(self, x):
        c, length = self.config, len(x)
        q, k, v = (
            linear(x).reshape(length, -1, c["head_dim"]).transpose(0, 1) for linear in (self.query, self.key, self.value)
        )
        if c["positions"] == "rotary":
            q, k = rotate(q, c["rotary_base"]), rotate(k, c["rotary_base"])
        k, v = (t.repeat_interleave(c["heads"] // c["kv_heads"], dim=0) for t in (k, v))
        scores = q @ k.transpose(-1, -2)
        if c["attention_scale"] == "inverse_sqrt":
            scores = scores / math.sqrt(c["head_dim"])
        places = torch.arange(length)
        distance = places[None, :] - places[:, None]  # j - i
        if c["positions"] == "alibi":
            scores = scores + torch.tensor(alibi_slopes(c["heads"]))[:, None, None] * distance
        scores = scores.masked_fill(distance > 0, -math.inf)
        return self.output((scores.softmax(-1) @ v).transpose(0, 1).reshape(length, -1))

    def feed_forward(self, x):
        hidden = self.act(self.gate(x)) * self.up(x) if self.gated else self.act(self.up(x))
        return self.down(hidden)

    def forward(self, x):
        x = x + self.attend(self.attention_norm(x))
        return x + self.feed_forward(self.ffn_norm(x)) if self.config["ffn"] > 0 else x


class Transformer(nn.Module):
    """`names` are the tensors there are: a bias that is not among them is not there."""

    def __init__(self, config, names):
        super().__init__()
        self.config = config
        self.token_embedding = nn.Embedding(config["vocabulary"], config["width"])
        if config["positions"] == "learned":
            self.position_embedding = nn.Embedding(config["max_length"], config["width"])
        self.layers = nn.ModuleList(
            Layer(config, lambda name, i=i: f"layers.{i}.{name}.bias" in names) for i in range(config["layers"])
        )
        self.final_norm = norm(config)
        if not config["tied_head"]:
            self.head = nn.Linear(config["width"], config["vocabulary"], bias="head.bias" in names)

    def forward(self, tokens):
        x = self.token_embedding(tokens)
        if self.config["positions"] == "learned":
            x = x + self.position_embedding(torch.arange(len(tokens)))
        elif self.config["positions"] == "sinusoidal":
            x = x + sinusoidal(len(tokens), self.config["width"])
        for layer in self.layers:
            x = layer(x)
        x = self.final_norm(x)
        return x @ self.token_embedding.weight.T if self.config["tied_head"] else self.head(x)


def load(folder):
    config, tensors = torch_files.read_model(folder)
    assert config["architecture"] == "carrybit", config
    torch.set_default_dtype(torch.float64)
    model = Transformer(config, tensors)
    model.load_state_dict(tensors)  # strict: every tensor has its place, and every place its tensor
    return model.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("tokens", type=pathlib.Path)
    parser.add_argument("--argmax", action="store_true", help="leave out the logits")
    arguments = parser.parse_args()
    model = load(arguments.folder)
    result = {"argmax": [], "logits": []}
    with torch.no_grad():
        for sequence in json.loads(arguments.tokens.read_text(encoding="utf-8")):
            tokens = sequence["tokens"] if isinstance(sequence, dict) else sequence
            logits = model(torch.tensor(tokens))
            result["argmax"].append(logits.argmax(-1).tolist())
            result["logits"].append(logits.tolist())
    if arguments.argmax:
        del result["logits"]
    print(json.dumps(result))


if __name__ == "__main__":
    main()
