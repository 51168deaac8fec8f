#!/bin/sh
# Makes foreign.m4a: English by flite, then Italian by festival; Debian: flite, festival, festvox-itapc16k, ffmpeg.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
flite -voice rms -t "Good morning. We are here to look at the storage rooms. Could you show me the list of everyone who \
works here, and the keys to the back door, please? It will not take long." "$work/english.wav"
echo "Buongiorno. Vorremmo vedere il magazzino e parlare con il responsabile. Quante persone lavorano qui durante la \
settimana? Grazie della collaborazione." | iconv -t latin1 | text2wave -eval '(voice_pc_diphone)' -o "$work/italian.wav"
ffmpeg -v error -y -i "$work/english.wav" -i "$work/italian.wav" -filter_complex \
    "[0]aresample=16000,adelay=600,apad=pad_dur=0.8[a];[1]aresample=16000[b];[a][b]concat=n=2:v=0:a=1,apad=pad_dur=0.6" \
    -c:a aac -b:a 24k -fflags +bitexact -flags:a +bitexact foreign.m4a
rm -r "$work"
