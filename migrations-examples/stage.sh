# The narrator of the tour and of the film. On a terminal it pauses so that one can read; DEMO_PAUSE=0 does not,
# DEMO_PAUSE=2 is slower.
# shellcheck shell=bash

if [ -t 1 ]; then
    bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
    pause=${DEMO_PAUSE:-1}
else
    bold='' dim='' plain=''
    pause=0
fi

# say TEXT: the narrator.
say() {
    printf '\n%s%s%s\n' "$dim" "$*" "$plain" | fold -s -w 100
    sleep "$pause"
}

# show COMMAND: types it, runs it, and shows its exit code when it is not 0.
show() {
    local code=0
    printf '%s$ %s%s\n' "$bold" "$1" "$plain"
    sleep "$(awk -v p="$pause" 'BEGIN { print p / 3 }')"
    eval "$1" || code=$?
    [ "$code" = 0 ] || printf '%s(exit %d)%s\n' "$dim" "$code" "$plain"
    sleep "$pause"
}
