"""Writes the averaged weights of a check point as a ggml file for whisper.cpp, quantised to q8_0 (or as f16)."""

import argparse
from pathlib import Path

import torch

import ggml
from vocabulary import Vocabulary


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="folder with checkpoint.pt and vocabulary.json")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--f16", action="store_true", help="not quantised")
    parser.add_argument("--weights", choices=["average", "model"], default="average")
    args = parser.parse_args()
    state = torch.load(args.run / "checkpoint.pt", map_location="cpu", weights_only=False)
    vocabulary = Vocabulary.load(args.run / "vocabulary.json")
    if vocabulary.size != state["size"]["classes"]:
        raise SystemExit("the vocabulary is not the one that the check point was trained with")
    ggml.write(args.out, state[args.weights], state["size"], vocabulary, not args.f16)
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB, after step {state['step']}")


if __name__ == "__main__":
    main()
