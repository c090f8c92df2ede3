# Runtimes that make code, move stacks and take signals for themselves: Java, node, Go, Rust.

# ---- Java

JAVA_WORK='gc streams overflow nulls deflate sockets processes park locks classes direct interrupt'

# java_work OPTION...: programs/Work.java, a case for each of its parts.
java_work() {
    local part
    for part in $JAVA_WORK; do
        [ -z "$ONLY" ] || grep -qx "$part" "$ONLY" || continue
        same_output "$part" '/^OpenJDK 64-Bit Server VM warning/d; /^\[[0-9.]+s\]/d; /jfr|recording|Profiling started/d' timeout 120 java -cp "$SOURCES/java" -Xmx512m "$@" Work "$part"
    done
}

# The compiler is the greatest Java program that is there with every JDK; and its classes are the same each time.
java_compiler() {
    mkdir -p classes
    same_output javac '' javac -d classes "$HERE/programs/Work.java"
    outcome classes "$(cat classes/*.class | md5sum | cut -c 1-12)"
    same_output jar '' sh -c 'jar --create --date=2024-01-01T00:00:00Z --file w.jar -C classes . && md5sum w.jar'
    same_output run_jar '' java -cp w.jar Work gc
    same_output javadoc 's/[0-9]+ warnings?//' sh -c 'javadoc -quiet -notimestamp -d doc '"$HERE"'/programs/Work.java >/dev/null 2>&1; ls doc | sort'
    same_output threads_by_quit "/^[A-Z][a-z]+ /!d; s/[0-9]+/N/g" sh -c 'java -cp w.jar Work wait & sleep 2; kill -QUIT $!; sleep 0.5; kill -TERM $!; wait $!; echo Status $?'
    same_output jcmd "s/[0-9]+/N/g" sh -c 'java -cp w.jar Work wait >/dev/null & sleep 2; jcmd $! VM.version | tail -n 2; jstack $! | grep -c "java.lang.Thread.State" ; jmap -histo $! | grep -c java.lang.String; kill -9 $!; wait $! 2>/dev/null'
}

suite_java() {
    need java javac
    version "$(java -version 2>&1 | sed -n '1s/.*"\(.*\)".*/\1/p')"
    mkdir -p "$SOURCES/java"
    javac -d "$SOURCES/java" "$HERE/programs/Work.java" || skip "javac fails"
    unit compiler java_compiler
    unit g1 java_work
    unit serial java_work -XX:+UseSerialGC
    unit parallel java_work -XX:+UseParallelGC
    unit zgc java_work -XX:+UseZGC
    unit interpreter java_work -Xint
    unit flight_recorder java_work -XX:StartFlightRecording:settings=profile,filename=w.jfr # samples by USR2
    async_profiler
    if [ -n "$ASYNC_PROFILER" ]; then
        unit sigprof_users java_work "-agentpath:$ASYNC_PROFILER=start,event=itimer,interval=1ms,file=w.html"
        unit cpu_profiler java_work "-agentpath:$ASYNC_PROFILER=start,event=ctimer,interval=1ms,file=w.html"
    else
        skip_unit sigprof_users "async-profiler cannot be had"
    fi
}

# async-profiler's library, of its package in Maven Central; it samples Java by SIGPROF.
async_profiler() {
    ASYNC_PROFILER=$SOURCES/async/libasyncProfiler.so
    [ ! -f "$ASYNC_PROFILER" ] || return 0
    mkdir -p "$SOURCES/async"
    command -v mvn >/dev/null &&
        mvn -q -B dependency:copy -Dartifact="tools.profiler:async-profiler:${ASYNC_VERSION:-3.0}" -DoutputDirectory="$SOURCES/async" >"$SOURCES/async/log" 2>&1 &&
        "$PYTHON" -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); n = [f for f in z.namelist() if "linux-x64" in f and f.endswith("libasyncProfiler.so")][0]; open(sys.argv[2], "wb").write(z.read(n))' \
            "$SOURCES"/async/async-profiler*.jar "$ASYNC_PROFILER" 2>>"$SOURCES/async/log" || ASYNC_PROFILER=
}

# ---- node

NODE_PARTS='workers cluster children http crypto zlib files timers signals wasm streams vm'
node_work() {
    local part
    for part in $NODE_PARTS; do
        [ -z "$ONLY" ] || grep -qx "$part" "$ONLY" || continue
        same_output "$part" 's/\(node:[0-9]+\)/(node:N)/; /^Debugger |^For help, see/d' timeout 60 node "$@" "$HERE/programs/work.js" "$part"
    done
}

suite_node() {
    need node
    version "$(node --version)"
    unit plain node_work
    unit cpu_prof node_work --cpu-prof # samples by SIGPROF
    unit v8_prof node_work --prof --no-logfile-per-isolate
    unit heap_prof node_work --heap-prof
    unit inspector node_work --inspect=0 --no-warnings
    unit no_jit node_work --jitless
}

# ---- Go: tests of the standard library, in dynamic programs with cgo and in static ones

GO_PACKAGES='os os/exec os/signal os/user net sync time syscall runtime/pprof runtime/cgo'

go_tests() { # PROGRAM
    local only=()
    [ -z "$ONLY" ] || only=("-test.run=^($(grep -v whole "$ONLY" | cut -d / -f 1 | sort -u | paste -sd '|'))\$")
    cp -r "$(go env GOROOT)/src/$2" "$D/package" && cd "$D/package" || return 1
    timeout -k 5 300 "${ENV[@]}" "$1" -test.short -test.v -test.timeout 280s "${only[@]}" >"$D/out" 2>&1
    local status=$?
    sed -nE 's/^ *--- (PASS|FAIL|SKIP): ([^ ]+) .*/\2\t\1/p' "$D/out" >>"$RESULTS"
    grep -A 20 -- '--- FAIL\|^panic' "$D/out" | tail -n 60
    return $status
}

suite_go() {
    local package program
    need go
    version "$(go version | sed 's/.* go\([0-9.]*\) .*/\1/')"
    mkdir -p "$SOURCES/go"
    for package in $GO_PACKAGES; do
        program=$SOURCES/go/${package//\//_}
        if ! [ -x "$program.test" ]; then
            CGO_ENABLED=1 GOTOOLCHAIN=local go test -c -ldflags=-linkmode=external -o "$program.test" "$package" >"$S/build" 2>&1 || {
                skip_unit "$package" "does not build: $(tail -n 1 "$S/build")"
                continue
            }
        fi
        unit "${package//\//-}" go_tests "$program.test" "$package"
    done
}

# ---- Rust: tests of crates that are made of threads, locks and futexes

RUST_CRATES='crossbeam-channel@0.5.15 parking_lot@0.12.3 once_cell@1.20.2 rayon-core@1.12.1'

rust_tests() { # PROGRAM...
    local program
    for program in "$@"; do
        timeout -k 5 300 "${ENV[@]}" "$program" --test-threads 2 >"$D/out" 2>&1
        outcome "$(basename "$program")" "status $?"
        sed -nE "s/^test (.*) \.\.\. (ok|FAILED|ignored).*/$(basename "$program" | sed 's/-[0-9a-f]*$//'):\1\t\2/p" "$D/out" >>"$RESULTS"
    done
}

suite_rust() {
    local crate dir
    need cargo rustc
    version "$(rustc --version | cut -d ' ' -f 2)"
    for crate in $RUST_CRATES; do
        dir=$SOURCES/rust/$crate
        if [ ! -s "$dir/programs" ]; then
            rust_crate "$crate" "$dir" || {
                skip_unit "$crate" "cannot be had: $(tail -n 1 "$dir/log")"
                continue
            }
        fi
        # shellcheck disable=SC2046 # no spaces there
        unit "${crate%@*}" rust_tests $(cat "$dir/programs")
    done
}

# A crate's own package with its tests, as the registry has it: fetched by way of a package that depends on it.
rust_crate() {
    local name=${1%@*} source
    mkdir -p "$2/want/src"
    echo 'fn main() {}' >"$2/want/src/main.rs"
    printf '[package]\nname = "want"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n%s = "=%s"\n' "$name" "${1#*@}" >"$2/want/Cargo.toml"
    (cd "$2/want" && cargo vendor -q "$2/vendor") >"$2/log" 2>&1 || return 1
    source=$2/vendor/$name
    (cd "$source" && echo '[workspace]' >>Cargo.toml && rm -f .cargo-checksum.json &&
        cargo test -q --no-run --lib --tests --message-format json -j 2) >"$2/json" 2>"$2/log" || return 1
    sed -nE 's/.*"executable":"([^"]+)".*/\1/p' "$2/json" >"$2/programs"
    [ -s "$2/programs" ]
}
