"""scripts/from_state_dict.py: PyTorch models of every shape it takes give our fp64 logits; a model trained here goes to a width;
what the forward pass does not have is refused in one line. Planted: turned blocks, tokens in another order.

Skipped (77) where no Python with torch is found (Debian: python3-torch, for /usr/bin/python3). Under a minute.
"""

import contextlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(SOURCE / "tests" / "sim"), str(SOURCE / "scripts")]
import torch_or_skip  # noqa: E402, F401, I001
import torch  # noqa: E402

import from_state_dict  # noqa: E402
import torch_reference  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

CARRYBIT = os.environ["CARRYBIT"]
SCRIPT = SOURCE / "scripts" / "from_state_dict.py"
TOLERANCE = 1e-9


def expect(condition, message):
    if not condition:
        sys.exit(str(message))


class Block(nn.Module):
    """nanoGPT's: linear layers with outputs as rows, biases or none, masks kept as buffers."""

    def __init__(self, width, heads, length, bias, act):
        super().__init__()
        self.heads, self.act = heads, act
        self.ln_1, self.ln_2 = (nn.LayerNorm(width) for _ in range(2))
        if not bias:
            self.ln_1.bias = self.ln_2.bias = None
        self.attn, self.mlp = nn.Module(), nn.Module()
        self.attn.c_attn, self.attn.c_proj = nn.Linear(width, 3 * width, bias=bias), nn.Linear(width, width, bias=bias)
        self.attn.register_buffer("bias", torch.ones(length, length).tril().view(1, 1, length, length))
        self.mlp.c_fc, self.mlp.c_proj = nn.Linear(width, 4 * width, bias=bias), nn.Linear(4 * width, width, bias=bias)

    def forward(self, x):  # ... x length x width
        def split(t):
            return t.reshape(*t.shape[:-1], self.heads, -1).transpose(-3, -2)

        q, k, v = map(split, self.attn.c_attn(self.ln_1(x)).chunk(3, dim=-1))
        y = torch_reference.causal_attention(q, k, v).transpose(-3, -2)
        x = x + self.attn.c_proj(y.reshape(x.shape))
        return x + self.mlp.c_proj(self.act(self.mlp.c_fc(self.ln_2(x))))


class NanoGpt(nn.Module):
    def __init__(self, vocabulary, length, width, layers, heads, bias=True, act=F.gelu):
        super().__init__()
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(vocabulary, width), "wpe": nn.Embedding(length, width),
            "h": nn.ModuleList(Block(width, heads, length, bias, act) for _ in range(layers)), "ln_f": nn.LayerNorm(width)})
        if not bias:
            self.transformer["ln_f"].bias = None
        self.lm_head = nn.Linear(width, vocabulary, bias=False)
        self.lm_head.weight = self.transformer["wte"].weight

    def forward(self, tokens):
        t = self.transformer
        x = t["wte"](tokens) + t["wpe"].weight[:tokens.shape[-1]]
        for block in t["h"]:
            x = block(x)
        return self.lm_head(t["ln_f"](x))


def shaken(model):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def our_logits(folders):
    """Whether the forward pass in fp64 gives the logits that lie in FOLDER/expected.json, by a C++ case of tests/sim."""
    program = pathlib.Path(os.environ["BUILD_DIR"], "tests", "carrybit_tests_sim")
    run = subprocess.run([program, "--test-case=PyTorch's models give PyTorch's logits"],
                         env={**os.environ, "CARRYBIT_FROM_TORCH": str(folders)}, capture_output=True, text=True)
    expect(re.search(r"test cases: +1 \|", run.stdout), f"the case did not run:\n{run.stdout}{run.stderr}")
    return run.returncode == 0, run.stdout


def write_expected(folder, model, vocabulary, lengths, ids=None):
    """Logits of random sequences; `ids`: the model's number of each of our tokens."""
    expected = []
    for length in lengths:
        tokens = torch.randint(vocabulary, (length,))
        with torch.no_grad():
            logits = model(tokens if ids is None else torch.tensor(ids)[tokens])
        expected.append({"tokens": tokens.tolist(), "logits": (logits if ids is None else logits[:, ids]).tolist()})
    (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")


TASK = {"task": "add", "base": 10, "length": 3}


def shapes():
    """name: (model, options of convert, its sizes)."""
    gpt2, llama = torch_reference.GPT2, torch_reference.LLAMA
    relu = {**gpt2, "activation_function": "relu", "tie_word_embeddings": False, "n_inner": 50}
    return {
        "nanogpt": (NanoGpt(13, 24, 32, 2, 4), dict(heads=4, activation="gelu"), 13),
        "nanogpt_plain": (NanoGpt(13, 24, 24, 1, 2, bias=False, act=F.relu), dict(heads=2, activation="relu"), 13),
        "gpt2": (torch_reference.Gpt2(gpt2), dict(heads=4, activation="gelu"), 17),
        "gpt2_free_head": (torch_reference.Gpt2(relu), dict(heads=4, activation="relu"), 17),
        "llama": (torch_reference.Llama(llama), dict(heads=4, activation="silu"), 19),
        "llama_biases": (torch_reference.Llama({**llama, "attention_bias": True, "rope_theta": 300.0, "num_key_value_heads": 1,
                                                "tie_word_embeddings": True}),
                         dict(heads=4, activation="silu", rope_theta=300.0), 19),
    }


def check_logits(work):
    for name, (model, options, vocabulary) in shapes().items():
        shaken(model)
        from_state_dict.convert(model.state_dict(), work / "all" / name, TASK, **options)
        write_expected(work / "all" / name, model, vocabulary, (1, 7, 15))
    same, text = our_logits(work / "all")
    expect(same, text)
    # Tokens in the model's own order, * missing: rows are moved, = stands in for *.
    model = shaken(NanoGpt(12, 24, 32, 1, 4))
    from_state_dict.convert(model.state_dict(), work / "order" / "own", TASK, 4, "gelu", characters="=9876543210+")
    ids = [*range(10, 0, -1), 11, 0, 0]
    write_expected(work / "order" / "own", model, 13, (1, 9), ids)
    expect(our_logits(work / "order")[0], "tokens in another order: other logits")
    # Planted: query and key exchanged, and a token's rows left where they were.
    state = model.state_dict()
    block = "transformer.h.0.attn.c_attn.weight"
    state[block] = torch.cat([state[block][32:64], state[block][:32], state[block][64:]])
    from_state_dict.convert(state, work / "planted" / "own", TASK, 4, "gelu", characters="=9876543210+")
    write_expected(work / "planted" / "own", model, 13, (9,), ids)
    expect(not our_logits(work / "planted")[0], "exchanged blocks went unnoticed")
    from_state_dict.convert(model.state_dict(), work / "planted" / "own", TASK, 4, "gelu", characters="=9876543201+")
    write_expected(work / "planted" / "own", model, 13, (9,), ids)
    expect(not our_logits(work / "planted")[0], "exchanged tokens went unnoticed")


def carrybit(*arguments):
    run = subprocess.run([CARRYBIT, *map(str, arguments)], capture_output=True, text=True)
    expect(run.returncode == 0 and not run.stderr, f"carrybit {arguments}: status {run.returncode}: {run.stderr}")
    return run.stdout


def trained():
    """Every sum of two binary numbers of two digits, learned by heart in seconds. The characters are the model's."""
    characters = "+=01"
    rows = [f"{a:02b}+{b:02b}={a + b:03b}" for a in range(4) for b in range(4)]
    tokens = torch.tensor([[characters.index(c) for c in row] for row in rows])
    model = NanoGpt(4, 8, 32, 1, 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(600):
        logits = model(tokens[:, :-1])[:, 5:]
        loss = F.cross_entropy(logits.reshape(-1, 4), tokens[:, 6:].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss.item() < 1e-3:
            break
    return model, characters, int((model(tokens[:, :-1])[:, 5:].argmax(-1) == tokens[:, 6:]).all(1).sum())


def check_way_to_a_width(work):
    model, characters, right = trained()
    torch.save({"model": model.state_dict(), "model_args": {"n_head": 2}}, work / "ckpt.pt")
    said = subprocess.run([sys.executable, SCRIPT, work / "ckpt.pt", work / "mine", "--activation", "gelu", "--characters",
                           characters, "--task", "add", "--base", "2", "--length", "2"], capture_output=True, text=True)
    expect(said.returncode == 0, said.stderr)
    expect("GPT-2 shape, 1 layers, width 32, 2 heads, 5 tokens" in said.stdout, said.stdout)
    run = json.loads(carrybit("run", "--weights", work / "mine", "--exhaustive", "--precision", "fp64", "--json"))
    expect(run["exact"] == right and right > 12, f"right in torch: {right}, here: {run['exact']}")
    rows = [json.loads(line) for line in carrybit("width", "--weights", work / "mine", "--family", "float", "--role",
                                                  "weights,all", "--max-width", 24, "--json").splitlines()]
    for row in rows:
        expect(row["evidence"] == "sampled" or row["problems"] == 4, row)
        expect(row["width"] is not None and row["first_width"] <= row["width"], row)
    (work / "mine.toml").write_text(
        '[[sweep]]\nkind = "kept_width"\nmodel = { weights = "mine" }\narithmetic = { family = "float:e8", max_width = 24 }\n'
        'role = ["weights", "all"]\ninputs = "exhaustive"\n\n[[figure]]\nname = "roles"\nx = "role"\ny = "required_width_bits"\n'
        .replace('"role"\ny', '"length_digits"\ny'))
    carrybit("sweep", work / "mine.toml", "--out", work / "chart", "--no-figures")
    header, *cells = [line.split(",") for line in (work / "chart" / "cells.csv").read_text().splitlines()]
    expect(len(cells) == 2 and all(dict(zip(header, c))["fp32_right"] == str(right) for c in cells), cells)


def script(*arguments):
    """The script's main() in this process, which has torch already: status, standard error, standard output."""
    out, error = io.StringIO(), io.StringIO()
    sys.argv = [str(SCRIPT), *map(str, arguments)]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        try:
            from_state_dict.main()
            status = 0
        except SystemExit as end:
            status = end.code
    return status, error.getvalue(), out.getvalue()


def check_refusals(work):
    model = NanoGpt(13, 24, 32, 1, 4)
    state = model.state_dict()
    torch.save(state, work / "state.pt")
    torch.save([1, 2], work / "list.pt")
    (work / "text.pt").write_text("no checkpoint")
    torch.save({**state, "transformer.h.0.attn.rel.weight": torch.ones(2)}, work / "more.pt")
    torch.save({k: v for k, v in state.items() if "c_fc.weight" not in k}, work / "fewer.pt")
    torch.save({"tok_embeddings.weight": torch.ones(3, 4)}, work / "names.pt")
    torch.save({**state, "transformer.ln_f.weight": torch.full((32,), float("nan"))}, work / "nan.pt")
    good = ["--heads", "4", "--activation", "gelu", "--task", "add", "--length", "3"]

    def with_option(name, value):
        at = good.index(name) if name in good else len(good)
        return [*good[:at], name, value, *good[at + 2:]]

    for file, options, *words in (
            ("state.pt", with_option("--activation", "gelu_new"), "tanh approximation", "accepted for gpt2: gelu, relu"),
            ("state.pt", with_option("--activation", "silu"), "accepted for gpt2: gelu, relu"),
            ("state.pt", with_option("--heads", "5"), "--heads 5: accepted is a divisor of 32"),
            ("state.pt", good[2:], "--heads is missing"),
            ("state.pt", with_option("--length", "9"), "at most 24 tokens", "sequences of 29"),
            ("state.pt", with_option("--base", "16"), "the model has 13 tokens, this task 19"),
            ("state.pt", with_option("--characters", "0123"), "--characters has 4 characters, the model 13 tokens"),
            ("state.pt", with_option("--characters", "0123456789+*;"), "no '='"),
            ("state.pt", with_option("--base", "1"), "--base 2 to 36"),
            ("list.pt", good, "holds no dictionary"), ("text.pt", good, "torch.save"), ("none.pt", good, "No such file"),
            ("more.pt", good, "h.0.attn.rel.weight has no place"), ("fewer.pt", good, "no tensor h.0.mlp.c_fc.weight"),
            ("names.pt", good, "tok_embeddings.weight, ...) are not known"), ("nan.pt", good, "ln_f.weight is not made of finite")):
        status, said, out = script(work / file, work / "refused", *options)
        expect(status == 2 and said.count("\n") == 1 and not out, f"{file} {options}: {status} {said} {out}")
        expect(all(word in said for word in words), f"{file} {options}: {said}")
        expect(not (work / "refused").exists(), "something was written")


def main():
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    torch.manual_seed(20251)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        check_logits(work)
        check_refusals(work)
        check_way_to_a_width(work)
    print("PyTorch's logits, a width and every refusal")


if __name__ == "__main__":
    main()
