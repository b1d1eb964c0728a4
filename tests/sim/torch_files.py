"""Models in folders, for PyTorch: a reader and a writer of safetensors in struct and json, and nothing else."""

import json
import pathlib
import struct
import sys

import torch

# dtype: (struct's letter, bytes). BF16 travels as the upper half of an F32.
TYPES = {"F64": ("d", 8), "F32": ("f", 4), "F16": ("e", 2), "BF16": ("H", 2)}


def _pack(tensor, dtype):
    flat = tensor.detach().contiguous().reshape(-1)
    if dtype == "BF16":
        values = [bits & 0xFFFF for bits in flat.to(torch.bfloat16).view(torch.int16).tolist()]
    else:
        values = flat.tolist()
    return struct.pack(f"<{len(values)}{TYPES[dtype][0]}", *values)


def _unpack(data, dtype):
    letter, size = TYPES[dtype]
    values = struct.unpack(f"<{len(data) // size}{letter}", data)
    if dtype == "BF16":
        values = [struct.unpack("<f", struct.pack("<I", bits << 16))[0] for bits in values]
    return torch.tensor(values, dtype=torch.float64)


def write_safetensors(path, tensors, dtype="F64"):
    header, data = {}, []
    offset = 0
    for name, tensor in tensors.items():
        packed = _pack(tensor, dtype)
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [offset, offset + len(packed)]}
        offset += len(packed)
        data.append(packed)
    text = json.dumps(header).encode()
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


def read_safetensors(path):
    """Every tensor as float64."""
    file = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack_from("<Q", file)
    header = json.loads(file[8 : 8 + length])
    data = memoryview(file)[8 + length :]
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = _unpack(data[begin:end], entry["dtype"]).reshape(entry["shape"])
    return tensors


def write_model(folder, config, tensors, dtype="F64"):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    write_safetensors(folder / "model.safetensors", tensors, dtype)


def read_model(folder):
    folder = pathlib.Path(folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return config, read_safetensors(folder / "model.safetensors")


if __name__ == "__main__":
    sys.exit("torch_files.py is a module of torch_reference.py and torch_load_export.py")
