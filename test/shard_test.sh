#!/bin/sh
# Pictures in archives as a user meets them: packed, listed by tar, trained from with the same result as from
# the folder, interrupted and resumed, unpacked again; what is refused.
. test/say.sh

learn() {       # DATA RUN
    say 0 "test error" train "$1" --model resnet8 --epochs 2 --batch 16 --no-report --out "$work/$2"
}

say 0 . data draw "$work/pictures" --count 120
say 0 "pictures-00001.tar: " data shard "$work/pictures" "$work/packed" --size 60kB
[ "$(for shard in "$work/packed/"*.tar; do tar tf "$shard"; done | grep -c 'png$')" -eq 120 ] || fail "tar lists"
tar cf "$work/whole.tar" -C "$work" pictures
learn "$work/pictures" folder
learn "$work/packed" shards
learn "$work/whole.tar" archive
[ -n "$(hash folder)" ] && [ "$(hash folder)" = "$(hash shards)" ] || fail "the shards teach something else"
[ "$(hash folder)" = "$(hash archive)" ] || fail "the archive teaches something else"
say 0 "120 pictures in .* classes: 0 damaged" data check "$work/packed"

# Stopped every tenth of a second and resumed.
say 0 . train "$work/packed" --model resnet8 --epochs 2 --batch 16 --no-report --time-limit 0.1 \
    --out "$work/stopped"
while ! grep -q "finished already" "$work/said"; do
    say 0 . resume "$work/stopped"
done
[ "$(hash folder)" = "$(hash stopped)" ] || fail "resumed from shards, the weights differ"

# Unpacked, they are the folder.
mkdir "$work/unpacked"
for shard in "$work/packed/"*.tar; do
    tar xf "$shard" -C "$work/unpacked"
done
diff -r "$work/pictures" "$work/unpacked" >"$work/said" || fail "unpacked, the pictures differ"

say 2 "exists and is not an empty folder" data shard "$work/pictures" "$work/packed"
say 2 "is no size such as 8GB" data shard "$work/pictures" "$work/other" --size large
gzip -k "$work/whole.tar"
say 3 "is compressed (gzip)" train "$work/whole.tar.gz"
say 3 "not compressed" train "$work/whole.tar.gz"
head -c 5000 "$work/whole.tar" >"$work/cut.tar"
say 3 "cut short" train "$work/cut.tar"
mkdir "$work/part"
cp "$work/packed/pictures-00000.tar" "$work/cut.tar" "$work/part"
say 3 "cut.tar: cut short" train "$work/part"
say 3 "cut.tar: cut short" quantize "$work/folder/last.safetensors" "$work/int8.safetensors" --data "$work/part"

# A packing that is killed leaves nothing that looks like a smaller data set.
say 0 . data draw "$work/more" --count 1000
"$resnet" data shard "$work/more" "$work/killed" --size 20kB >"$work/said" 2>&1 &
packing=$!
until [ -n "$(find "$work" -path '*/killed*.tar')" ] || ! kill -0 $packing 2>"$work/said"; do
    :
done
kill -9 $packing 2>"$work/said" || :
wait $packing 2>"$work/said" || :
[ ! -e "$work/killed" ] || [ "$(cat "$work/killed/"*.tar | tar tif - | grep -c 'png$')" -eq 1000 ] || fail "half a set"
rm -rf "$work/killed"
say 0 "pictures-00001.tar: " data shard "$work/more" "$work/killed" --size 2MB
[ "$(cat "$work/killed/"*.tar | tar tif - | grep -c 'png$')" -eq 1000 ] || fail "pictures are missing"
