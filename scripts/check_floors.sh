#!/bin/sh
# The walls of the house: check_floors.sh [TREE].  Prints FILE:LINE for each breach and fails when there is one.
#
# A file includes its own folder and lower floors.  The cli sees only resnet.h; op does not know that devices exist.
# A test may look at its neighbours too: it sits beside its source, but also sees what that is used with.
# File names are unique in the tree but for run directories, so that a name says which file is meant; a
# file, or its header, begins with a comment that says what it is; lines have at most 110 characters.
set -eu
cd "${1:-$(dirname "$0")/..}"

files() {       # FIND-TEST...
    find include src test fuzz bench scripts cmake docs -type f -not -path 'docs/runs/*' "$@" 2>/dev/null
}

breaches=$(
    # shellcheck disable=SC2016
    find include src -name '*.[ch]' | sort | xargs awk '
        BEGIN {
            floors = "base tensor op backend,net model,image weights,data train,predict,detect serve,report paper cli"
            count = split(floors, floor, " ")
            for (i = 1; i <= count; i++) {
                rooms = split(floor[i], room, ",")
                for (j = 1; j <= rooms; j++)
                    height[room[j]] = i
            }
        }
        function breach(text) { print FILENAME ":" FNR ": " text }

        function has_header() {
            header = FILENAME; sub(/(_test)?\.c$/, ".h", header)
            return header != FILENAME && (getline line < header) > 0
        }

        FNR == 1 && !/^\/\*/ && !has_header() { breach("begins without a comment that says what it is") }

        length($0) > 110 { breach("line of " length($0) " characters, at most 110") }

        /^[ \t]*#[ \t]*include[ \t]*"/ {
            split($0, quoted, "\""); split(quoted[2], there, "/"); split(FILENAME, path, "/")
            here = path[1] == "include" ? "include" : path[2]
            test = FILENAME ~ /_test\.c$/
            if (quoted[2] == "resnet.h" || there[1] == here && here in height)
                next
            if (!(here in height))
                breach("include/ includes nothing of the house")
            else if (!(there[1] in height))
                breach("\"" quoted[2] "\" names no floor; include \"FLOOR/FILE.h\"")
            else if (here == "cli" && there[1] != "cli" && quoted[2] != "base/check.h")
                breach("cli includes " quoted[2] "; it may see only resnet.h")
            else if (here == "op" && quoted[2] == "tensor/device.h" && !test)
                breach("op includes tensor/device.h; it must not know that devices exist")
            else if (height[there[1]] > height[here])
                breach(here " includes " quoted[2] ", which is above it")
            else if (height[there[1]] == height[here] && !test)
                breach(here " includes " quoted[2] ", which stands beside it")
        }'
    files | sed 's|.*/||' | sort | uniq -d | while read -r name; do
        files -name "$name" | sed 's|$|:1: another file has this name|'
    done
)
[ -z "$breaches" ] || { echo "$breaches"; exit 1; }
