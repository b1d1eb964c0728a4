#!/usr/bin/python3
"""Small GPT-2 and Llama models in plain PyTorch, saved as Hugging Face's transformers saves them, with their logits.

    torch_reference.py OUT [--plant]

writes OUT/NAME/{config.json, model.safetensors, expected.json} for a handful of models; expected.json is a list of
{"tokens": [...], "logits": [[...], ...]}, computed in float64. With --plant the c_attn blocks of every GPT-2 model are
transposed in the file but not in the logits: a reader must notice. Needs nothing but torch (Debian: python3-torch).
"""

import argparse
import json
import math
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

import torch_files


def causal_attention(q, k, v):
    """q, k, v: heads x T x head_dim."""
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    mask = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
    return scores.masked_fill(~mask, -math.inf).softmax(-1) @ v


class Conv1D(nn.Module):
    """A linear map that keeps inputs as rows, as GPT-2 has it."""

    def __init__(self, outputs, inputs):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs) / math.sqrt(inputs))
        self.bias = nn.Parameter(0.1 * torch.randn(outputs))

    def forward(self, x):
        return x @ self.weight + self.bias


class Gpt2Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads = c["n_head"]
        self.c_attn = Conv1D(3 * c["n_embd"], c["n_embd"])
        self.c_proj = Conv1D(c["n_embd"], c["n_embd"])

    def forward(self, x):
        q, k, v = (part.reshape(len(x), self.heads, -1).transpose(0, 1) for part in self.c_attn(x).chunk(3, dim=-1))
        return self.c_proj(causal_attention(q, k, v).transpose(0, 1).reshape(len(x), -1))


class Gpt2Mlp(nn.Module):
    def __init__(self, c):
        super().__init__()
        inner = c["n_inner"] or 4 * c["n_embd"]
        self.act = {"gelu": F.gelu, "relu": F.relu}[c["activation_function"]]
        self.c_fc = Conv1D(inner, c["n_embd"])
        self.c_proj = Conv1D(c["n_embd"], inner)

    def forward(self, x):
        return self.c_proj(self.act(self.c_fc(x)))


class Gpt2Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.ln_1 = nn.LayerNorm(c["n_embd"], eps=c["layer_norm_epsilon"])
        self.attn = Gpt2Attention(c)
        self.ln_2 = nn.LayerNorm(c["n_embd"], eps=c["layer_norm_epsilon"])
        self.mlp = Gpt2Mlp(c)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Gpt2(nn.Module):
    """GPT2LMHeadModel's tensors: transformer.wte, transformer.h.0..., lm_head where it is not tied."""

    def __init__(self, c):
        super().__init__()
        self.transformer = nn.ModuleDict(
            {
                "wte": nn.Embedding(c["vocab_size"], c["n_embd"]),
                "wpe": nn.Embedding(c["n_positions"], c["n_embd"]),
                "h": nn.ModuleList(Gpt2Block(c) for _ in range(c["n_layer"])),
                "ln_f": nn.LayerNorm(c["n_embd"], eps=c["layer_norm_epsilon"]),
            }
        )
        if not c["tie_word_embeddings"]:
            self.lm_head = nn.Linear(c["n_embd"], c["vocab_size"], bias=False)

    def forward(self, tokens):
        t = self.transformer
        x = t["wte"](tokens) + t["wpe"](torch.arange(len(tokens)))
        for block in t["h"]:
            x = block(x)
        x = t["ln_f"](x)
        return self.lm_head(x) if hasattr(self, "lm_head") else x @ t["wte"].weight.T


class RmsNorm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


def rotate_half(x):
    low, high = x.chunk(2, dim=-1)
    return torch.cat([-high, low], dim=-1)


class LlamaAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads, self.kv_heads = c["num_attention_heads"], c["num_key_value_heads"]
        self.head_dim, self.theta = c["head_dim"], c["rope_theta"]
        width, bias = c["hidden_size"], c["attention_bias"]
        self.q_proj = nn.Linear(width, self.heads * self.head_dim, bias=bias)
        self.k_proj = nn.Linear(width, self.kv_heads * self.head_dim, bias=bias)
        self.v_proj = nn.Linear(width, self.kv_heads * self.head_dim, bias=bias)
        self.o_proj = nn.Linear(self.heads * self.head_dim, width, bias=bias)

    def forward(self, x):
        q, k, v = (
            projection(x).reshape(len(x), -1, self.head_dim).transpose(0, 1)
            for projection in (self.q_proj, self.k_proj, self.v_proj)
        )
        frequencies = self.theta ** -(torch.arange(0, self.head_dim, 2) / self.head_dim)
        angles = torch.outer(torch.arange(len(x), dtype=torch.get_default_dtype()), frequencies)
        cosine, sine = torch.cat([angles, angles], -1).cos(), torch.cat([angles, angles], -1).sin()
        q = q * cosine + rotate_half(q) * sine
        k = k * cosine + rotate_half(k) * sine
        k, v = (t.repeat_interleave(self.heads // self.kv_heads, dim=0) for t in (k, v))
        return self.o_proj(causal_attention(q, k, v).transpose(0, 1).reshape(len(x), -1))


class LlamaMlp(nn.Module):
    def __init__(self, c):
        super().__init__()
        width, inner, bias = c["hidden_size"], c["intermediate_size"], c["mlp_bias"]
        self.gate_proj = nn.Linear(width, inner, bias=bias)
        self.up_proj = nn.Linear(width, inner, bias=bias)
        self.down_proj = nn.Linear(inner, width, bias=bias)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class LlamaBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.input_layernorm = RmsNorm(c["hidden_size"], c["rms_norm_eps"])
        self.self_attn = LlamaAttention(c)
        self.post_attention_layernorm = RmsNorm(c["hidden_size"], c["rms_norm_eps"])
        self.mlp = LlamaMlp(c)

    def forward(self, x):
        x = x + self.self_attn(self.input_layernorm(x))
        return x + self.mlp(self.post_attention_layernorm(x))


class Llama(nn.Module):
    """LlamaForCausalLM's tensors: model.embed_tokens, model.layers.0..., lm_head where it is not tied."""

    def __init__(self, c):
        super().__init__()
        self.model = nn.ModuleDict(
            {
                "embed_tokens": nn.Embedding(c["vocab_size"], c["hidden_size"]),
                "layers": nn.ModuleList(LlamaBlock(c) for _ in range(c["num_hidden_layers"])),
                "norm": RmsNorm(c["hidden_size"], c["rms_norm_eps"]),
            }
        )
        if not c["tie_word_embeddings"]:
            self.lm_head = nn.Linear(c["hidden_size"], c["vocab_size"], bias=False)

    def forward(self, tokens):
        x = self.model["embed_tokens"](tokens)
        for block in self.model["layers"]:
            x = block(x)
        x = self.model["norm"](x)
        return self.lm_head(x) if hasattr(self, "lm_head") else x @ self.model["embed_tokens"].weight.T


GPT2 = {
    "model_type": "gpt2",
    "vocab_size": 17,
    "n_positions": 24,
    "n_embd": 32,
    "n_layer": 3,
    "n_head": 4,
    "n_inner": None,
    "activation_function": "gelu",
    "layer_norm_epsilon": 1e-5,
    "tie_word_embeddings": True,
}
LLAMA = {
    "model_type": "llama",
    "vocab_size": 19,
    "max_position_embeddings": 64,
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "hidden_act": "silu",
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0,
    "attention_bias": False,
    "mlp_bias": False,
    "tie_word_embeddings": False,
}
MODELS = {
    # name: (module, configuration, prefix to strip from the tensors' names, type they are stored in)
    "gpt2": (Gpt2, GPT2, "", "F64"),
    "gpt2_relu_free_head": (Gpt2, {**GPT2, "activation_function": "relu", "tie_word_embeddings": False}, "", "F32"),
    "gpt2_bare": (Gpt2, {**GPT2, "n_inner": 50, "n_head": 2}, "transformer.", "BF16"),
    "llama": (Llama, LLAMA, "", "F64"),
    "llama_biases": (Llama, {**LLAMA, "attention_bias": True, "mlp_bias": True, "num_key_value_heads": 4}, "", "F16"),
    "llama_bare": (Llama, {**LLAMA, "rope_theta": 300.0, "num_key_value_heads": 1, "tie_word_embeddings": True}, "model.", "BF16"),
}
STORED = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def transpose_blocks(weight):
    """A fused c_attn.weight, width x 3 width, each of its three square blocks transposed."""
    return torch.cat([block.T for block in weight.chunk(3, dim=1)], dim=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--plant", action="store_true", help="transpose the blocks of c_attn in the files")
    arguments = parser.parse_args()
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(20251)
    for name, (module, config, prefix, dtype) in MODELS.items():
        model = module(config)
        with torch.no_grad():
            for parameter_name, parameter in model.named_parameters():
                if parameter.dim() == 1:  # norms and biases, else ones and zeros
                    parameter.add_(0.1 * torch.randn_like(parameter))
                parameter.copy_(parameter.to(STORED[dtype]))  # the logits are those of what the file holds
            sequences = [torch.randint(config["vocab_size"], (length,)) for length in (1, 7, 24)]
            expected = [{"tokens": tokens.tolist(), "logits": model(tokens).tolist()} for tokens in sequences]
        tensors = {key.removeprefix(prefix): value for key, value in model.state_dict().items()}
        if arguments.plant:
            tensors = {k: transpose_blocks(v) if k.endswith("c_attn.weight") else v for k, v in tensors.items()}
        torch_files.write_model(arguments.out / name, config, tensors, dtype)
        (arguments.out / name / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
    print(f"wrote {len(MODELS)} models below {arguments.out}")


if __name__ == "__main__":
    main()
