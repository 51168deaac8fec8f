"""whisper.cpp's model file: writing it, and reading it back to train on from it."""

import struct
from pathlib import Path

import numpy as np

from features import mel_filters
from vocabulary import END, NO_SPEECH, VOCABULARY_SIZE, Vocabulary, ranks

MAGIC = 0x67676D6C
F32, F16, Q8_0 = 0, 1, 8  # tensor types of ggml
FILE_F16, FILE_Q8_0 = 1, 7 + 2 * 1000  # file types of whisper.cpp; 2 is the version of the quantised formats
BLOCK = 32
PACKED = np.dtype([("scale", "<f2"), ("values", "i1", BLOCK)])

# whisper.cpp never writes "no speech" itself: it forbids the token and takes the next best, which would be a made-up
# word. So the full stop, which is never spoken, gets a share of that token's row: where nobody speaks, a lone full
# stop is written. Less than 1, so that the probability of "no speech" stays the larger one.
STOP_SHARE = 0.8


def q8_0(values: np.ndarray) -> bytes:
    """Blocks of 32 values: a float16 scale and 32 signed bytes."""
    blocks = values.astype(np.float32).reshape(-1, BLOCK)
    scale = np.abs(blocks).max(1) / 127
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
    packed = np.empty(len(blocks), PACKED)
    packed["scale"], packed["values"] = scale, np.round(blocks * inverse[:, None])
    return packed.tobytes()


def names(state: dict):
    """Pairs of whisper.cpp's tensor name and ours."""
    fixed = {"encoder.positional_embedding": "audio_positions", "encoder.conv1.weight": "conv1.weight", "encoder.conv1.bias": "conv1.bias",
             "encoder.conv2.weight": "conv2.weight", "encoder.conv2.bias": "conv2.bias", "encoder.ln_post.weight": "audio_ln.weight",
             "encoder.ln_post.bias": "audio_ln.bias", "decoder.positional_embedding": "text_positions",
             "decoder.token_embedding.weight": "token_embedding.weight", "decoder.ln.weight": "text_ln.weight", "decoder.ln.bias": "text_ln.bias"}
    yield from fixed.items()
    for name in state:
        for ours, theirs in (("audio_blocks.", "encoder.blocks."), ("text_blocks.", "decoder.blocks.")):
            if name.startswith(ours):
                yield theirs + name[len(ours) :], name


def write(path: Path, state: dict, size: dict, vocabulary: Vocabulary, quantised: bool):
    table = {rank: token for token, rank in ranks().items()}
    with open(path, "wb") as file:
        file.write(struct.pack("<12i", MAGIC, VOCABULARY_SIZE, size["audio_positions"], size["width"], size["heads"], size["audio_layers"],
                               size["text_positions"], size["width"], size["heads"], size["text_layers"], 80, FILE_Q8_0 if quantised else FILE_F16))
        filters = mel_filters().astype("<f4")
        file.write(struct.pack("<2i", *filters.shape) + filters.tobytes())
        file.write(struct.pack("<i", len(table)))
        for rank in range(len(table)):
            file.write(struct.pack("<i", len(table[rank])) + table[rank])
        for theirs, ours in names(state):
            values = state[ours].float().numpy()
            if ours == "token_embedding.weight":
                values = values[vocabulary.rows()]
                values[ranks()["。".encode()]] = STOP_SHARE * values[NO_SPEECH]
            if theirs.startswith("encoder.conv") and theirs.endswith("bias"):
                values = values[:, None]
            weight = values.ndim == 3 or (values.ndim == 2 and theirs.endswith("weight"))
            kind = F32 if not weight else (Q8_0 if quantised and values.ndim == 2 else F16)
            data = {F32: lambda: values.astype("<f4").tobytes(), F16: lambda: values.astype("<f2").tobytes(), Q8_0: lambda: q8_0(values)}[kind]()
            file.write(struct.pack("<3i", values.ndim, len(theirs), kind) + struct.pack(f"<{values.ndim}i", *values.shape[::-1]))
            file.write(theirs.encode() + data)


def read(path: Path) -> dict:
    """Tensors by whisper.cpp's names, as float32; rows of the token embedding by token."""
    data, tensors = path.read_bytes(), {}
    at = struct.calcsize("<12i")
    rows, columns = struct.unpack_from("<2i", data, at)
    at += 8 + 4 * rows * columns
    (tokens,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(tokens):
        at += 4 + struct.unpack_from("<i", data, at)[0]
    while at < len(data):
        dimensions, name_length, kind = struct.unpack_from("<3i", data, at)
        shape = struct.unpack_from(f"<{dimensions}i", data, at + 12)[::-1]
        at += 12 + 4 * dimensions
        name = data[at : at + name_length].decode()
        at += name_length
        count = int(np.prod(shape))
        if kind == Q8_0:
            blocks = np.frombuffer(data, PACKED, count // BLOCK, at)
            values = blocks["scale"].astype(np.float32)[:, None] * blocks["values"]
            at += blocks.nbytes
        else:
            values = np.frombuffer(data, {F32: "<f4", F16: "<f2"}[kind], count, at)
            at += values.nbytes
        tensors[name] = values.astype(np.float32).reshape(shape)
    return tensors


def load_into(model, path: Path, vocabulary: Vocabulary):
    """Gives a model the weights of a file of the same size. What only training uses stays as it is."""
    import torch

    tensors, state = read(path), model.state_dict()
    for theirs, ours in names(state):
        values = tensors[theirs]
        if ours == "token_embedding.weight":
            unused = next(token for token in range(END) if token not in vocabulary.class_of)
            values = values[[unused, *vocabulary.tokens]]
        state[ours] = torch.from_numpy(values.reshape(state[ours].shape))
    model.load_state_dict(state)
