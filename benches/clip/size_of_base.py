"""Writes a speech model of the size of Whisper's base, for what one costs: it hears nothing, and says as many characters of every window
as a window of ten seconds holds.

    python3 benches/clip/size_of_base.py target/ggml-size-of-base-q8_0.bin
    pingcha check --speech-model target/ggml-size-of-base-q8_0.bin visit.mp4

Filters and vocabulary are those of the demonstration model. All weights but those that choose the characters are noise: products of matrices
take as long whatever is in them. Needs numpy.
"""

import struct
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
DEMONSTRATION = HERE.parents[1] / "models" / "ggml-pingcha-demo-q8_0.bin"

# whisper.cpp's names for Whisper's base (A. Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision, 2022, table 1).
VOCABULARY, AUDIO_POSITIONS, TEXT_POSITIONS, WIDTH, HEADS, LAYERS, MELS = 51865, 1500, 448, 512, 8, 6, 80
MAGIC, FILE_Q8_0 = 0x67676D6C, 2007
F32, F16, Q8_0 = 0, 1, 8
BLOCK = 32
END, PROMPT = 50257, 4
# Two of three seconds are spoken, four syllables a second, a token or two each.
CHARACTERS = 36


def q8_0(values):
    blocks = values.astype(np.float32).reshape(-1, BLOCK)
    scale = np.abs(blocks).max(1) / 127
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
    packed = np.empty(len(blocks), np.dtype([("scale", "<f2"), ("values", "i1", BLOCK)]))
    packed["scale"], packed["values"] = scale, np.round(blocks * inverse[:, None])
    return packed.tobytes()


def filters_and_vocabulary():
    data = DEMONSTRATION.read_bytes()
    begin = at = struct.calcsize("<12i")
    rows, columns = struct.unpack_from("<2i", data, at)
    at += 8 + 4 * rows * columns
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tokens = []
    for _ in range(count):
        (length,) = struct.unpack_from("<i", data, at)
        tokens.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return data[begin:at], tokens


def is_chinese(token):
    try:
        text = token.decode()
    except UnicodeDecodeError:
        return False
    return len(text) == 1 and "\u4e00" <= text <= "\u9fff"


def main():
    random = np.random.default_rng(1)
    noise = lambda *shape: random.standard_normal(shape, np.float32) * 0.02
    head, tokens = filters_and_vocabulary()
    chosen = [number for number, token in enumerate(tokens) if is_chinese(token)][:CHARACTERS]

    tensors = {
        "encoder.positional_embedding": noise(AUDIO_POSITIONS, WIDTH),
        "encoder.conv1.weight": noise(WIDTH, MELS, 3),
        "encoder.conv1.bias": noise(WIDTH, 1),
        "encoder.conv2.weight": noise(WIDTH, WIDTH, 3),
        "encoder.conv2.bias": noise(WIDTH, 1),
    }

    def normalisation(name):
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    def layers(room, attentions):
        for layer in range(LAYERS):
            block = f"{room}.blocks.{layer}"
            for attention in attentions:
                normalisation(f"{block}.{attention}_ln")
                for part in ("query", "key", "value", "out"):
                    tensors[f"{block}.{attention}.{part}.weight"] = noise(WIDTH, WIDTH)
                    if part != "key":
                        tensors[f"{block}.{attention}.{part}.bias"] = noise(WIDTH)
            normalisation(f"{block}.mlp_ln")
            for part, shape in (("0", (4 * WIDTH, WIDTH)), ("2", (WIDTH, 4 * WIDTH))):
                tensors[f"{block}.mlp.{part}.weight"] = noise(*shape)
                tensors[f"{block}.mlp.{part}.bias"] = noise(shape[0])

    layers("encoder", ("attn",))
    normalisation("encoder.ln_post")
    # Each place of the text says its own character, far louder than the layers: the embedding is the output as well.
    embedding = noise(VOCABULARY, WIDTH)
    said = [END] * PROMPT + chosen + [END] * (TEXT_POSITIONS - PROMPT - CHARACTERS)
    said = said[1:] + [END]
    tensors["decoder.positional_embedding"] = 2000 * embedding[said]
    tensors["decoder.token_embedding.weight"] = embedding
    layers("decoder", ("attn", "cross_attn"))
    normalisation("decoder.ln")

    with open(sys.argv[1], "wb") as file:
        file.write(struct.pack("<12i", MAGIC, VOCABULARY, AUDIO_POSITIONS, WIDTH, HEADS, LAYERS, TEXT_POSITIONS, WIDTH, HEADS, LAYERS, MELS, FILE_Q8_0))
        file.write(head)
        for name, values in tensors.items():
            is_weight = name.endswith("weight") and values.ndim > 1
            kind = F32 if not is_weight else (F16 if values.ndim == 3 else Q8_0)
            data = {F32: lambda: values.astype("<f4").tobytes(), F16: lambda: values.astype("<f2").tobytes(), Q8_0: lambda: q8_0(values)}[kind]()
            file.write(struct.pack("<3i", values.ndim, len(name), kind) + struct.pack(f"<{values.ndim}i", *values.shape[::-1]))
            file.write(name.encode() + data)


if __name__ == "__main__":
    main()
