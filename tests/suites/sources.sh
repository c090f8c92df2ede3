# Source packages of Debian, for tests that are in no binary package. Sourced by run; uses SOURCES.

apt_sources() {
    local tool=apt-get
    [ "$1" != showsrc ] || tool=apt-cache
    $tool -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$SOURCES/apt/parts" \
        -o Dir::State::Lists="$SOURCES/apt/lists" "$@"
}

# The system's own list of package sources, as one of source packages, in a place of its own: the system
# stays as it is.
source_lists() {
    local file
    [ -z "$(ls "$SOURCES/apt/parts" 2>/dev/null)" ] || return 0
    mkdir -p "$SOURCES/apt/parts" "$SOURCES/apt/lists/partial"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ ! -f "$file" ] || grep '^deb .*debian' "$file" | sed 's/^deb /deb-src /' >"$SOURCES/apt/parts/$(basename "$file" .list).list"
    done
    for file in /etc/apt/sources.list.d/debian*.sources; do
        [ ! -f "$file" ] || sed 's/^Types:.*/Types: deb-src/' "$file" >"$SOURCES/apt/parts/$(basename "$file")"
    done
    apt_sources update >"$SOURCES/apt/log" 2>&1
}

# The newest that is there: of a version that was replaced there is sometimes but an entry left.
download_source() {
    local version
    for version in $(apt_sources showsrc "$1" | sed -n 's/^Version: //p' | sort -rVu); do
        (cd "$SOURCE.download" && apt_sources --download-only source "$1=$version") >"$SOURCES/log" 2>&1 && return 0
    done
    return 1
}

# source_of PACKAGE: SOURCE is the directory of its unpacked source, of the packaged version; skips the
# suite where it cannot be had.
source_of() {
    SOURCE=$SOURCES/$1
    [ ! -f "$SOURCE/.unpacked" ] || return 0
    command -v apt-get >/dev/null || skip "no apt-get for the source of $1"
    source_lists
    rm -rf "$SOURCE" "$SOURCE.download"
    mkdir -p "$SOURCE" "$SOURCE.download"
    # Some have a signature beside.
    download_source "$1" && tar -xf "$(ls "$SOURCE.download/$1"_*.orig.tar.* | grep -v '\.asc$')" -C "$SOURCE" --strip-components=1 2>>"$SOURCES/log" ||
        skip "the source of $1 cannot be had: $(tail -n 1 "$SOURCES/log")"
    rm -rf "$SOURCE.download"
    touch "$SOURCE/.unpacked"
}
