#!/bin/sh
# What the documents say of the tree is so: every `file` that they name exists, `file`: `name`, `name` means that the
# file has those names, every rn_ or RN_ name stands in the sources, every link leads somewhere, and the tour passes
# every source file.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find include src test bench -name '*.[ch]' 2>/dev/null | sort >"$work/sources"
xargs cat <"$work/sources" | tr -c 'A-Za-z0-9_' '\n' | sort -u >"$work/words"

# Text between backquotes, one a line: PAGE FILE NAME, where FILE is the one that the name was said to be in, or "-".
for page in README.md docs/*.md; do
    awk -v page="$page" '
        {
            parts = split($0, part, "`")
            file = "-"
            for (i = 2; i <= parts; i += 2) {
                if (part[i] ~ /^(src|include|test|scripts|docs|cmake|bench|fuzz|models)\//) {
                    print page, "-", part[i]
                    file = part[i]
                    continue
                }
                if (part[i - 1] !~ /^(: |, )$/)
                    file = "-"
                if (part[i] ~ /^[A-Za-z0-9_]+$/)
                    print page, file, part[i]
            }
        }' "$page"
done >"$work/names"

while read -r page file name; do
    case $file:$name in
    -:*/*)       [ -e "$name" ] || echo "FAIL $page: there is no $name" ;;
    -:rn_*|-:RN_*) grep -qx "$name" "$work/words" || echo "FAIL $page: nothing is called $name" ;;
    -:*)         ;;
    *)           grep -qw -e "$name" "$file" || echo "FAIL $page: $file has no $name" ;;
    esac
done <"$work/names" >"$work/failures"

for page in README.md docs/*.md; do
    grep -o ']([^)#:]*)' "$page" | tr -d ']()' | while read -r link; do
        [ -e "$(dirname "$page")/$link" ] || echo "FAIL $page: the link $link leads nowhere"
    done
done >>"$work/failures"

grep '^src/' "$work/sources" | grep -v '_test\.c$' | while read -r source; do
    name=${source##*/}
    grep -q -e "\`${name%.*}\`" docs/TOUR.md || echo "FAIL docs/TOUR.md passes $source by"
done >>"$work/failures"

cat "$work/failures"
[ ! -s "$work/failures" ]
