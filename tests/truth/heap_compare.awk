# Compares the heap of a profile with the truth, by site and size of block.
#   awk -v rate=BYTES -f heap_compare.awk TRUTH TOTALS
# TRUTH has lines `truth SITE LABEL ALLOC_OBJECTS ALLOC_BYTES INUSE_OBJECTS INUSE_BYTES`, TOTALS is the
# output of `totals`. Prints a line for each site, label and pair of values,
#   z SITE LABEL alloc|inuse TRUE_BYTES ESTIMATED_BYTES SIGMA
# and one for each pair over all,
#   all alloc|inuse TRUE_BYTES ESTIMATED_BYTES SIGMA
# SIGMA is the standard deviation of the estimate: a block of s bytes is sampled with p = 1-exp(-s/rate)
# and counts for s/p, which has variance s^2 (1-p)/p. At rate 1 it is 0: the profile must be exact.
# Where hardly any block is missed (p near 1) their number is Poisson's, far from normal: three missed of
# 29 is one in a thousand, and six sigma. So a site and size has one block's s/p more in its deviation.
# Objects are what bytes are divided by the size, so they have the same deviation; `objects SITE LABEL`
# is printed where they do not agree with the bytes to 1 in 1000.
# That a block of s bytes is sampled; awk's exp warns of what it cannot tell from 0.
function chance(s) {
    return s > 700 * rate ? 1 : 1 - exp(-s / rate)
}
function variance(objects, bytes,    s, p) {
    if (objects == 0 || rate <= 1)
        return 0
    s = bytes / objects
    p = chance(s)
    return objects * s * s * (1 - p) / p
}
function one_block(objects, bytes) {
    return objects == 0 || rate <= 1 ? 0 : bytes / objects / chance(bytes / objects)
}
function add(what, key, objects, bytes) {
    true_objects[what, key] += objects
    true_bytes[what, key] += bytes
    var[what, key] += variance(objects, bytes)
}
function report(what,    key, sum, got, v, sizes) {
    for (key in keys) {
        printf "z %s %s %.0f %.0f %.1f\n", key, what, true_bytes[what, key], bytes[what, key], \
            sqrt(var[what, key] + one_block(true_objects[what, key], true_bytes[what, key]) ^ 2)
        sum += true_bytes[what, key]; got += bytes[what, key]; v += var[what, key]
        if (true_objects[what, key] * bytes[what, key] == 0)
            continue
        sizes = objects[what, key] * true_bytes[what, key] / true_objects[what, key] / bytes[what, key]
        # One size in the class: the ratio is that of the blocks, but for rounding to whole objects.
        if (single[key] && (sizes - 1) ^ 2 > (0.001 + 1 / objects[what, key]) ^ 2)
            print "objects", key, what
    }
    printf "all %s %.0f %.0f %.1f\n", what, sum, got, sqrt(v)
}
$1 == "truth" {
    key = $2 " " $3
    keys[key]
    single[key] = !(key in single)
    add("alloc", key, $4, $5)
    add("inuse", key, $6, $7)
}
$1 == "site" && $3 ~ /^bytes=/ {
    key = $2 " " $3
    keys[key]
    objects["alloc", key] = $4; bytes["alloc", key] = $5
    objects["inuse", key] = $6; bytes["inuse", key] = $7
}
END {
    report("alloc")
    report("inuse")
}
