# Tools of programmers: git on a repository with many objects, GNU make -j on a C and on a C++ project.

# ---- git

# A history of so many commits, each of which changes some of the files; always the same.
git_history() {
    "$PYTHON" - "$1" "$2" <<'END'
import sys
commits, files = int(sys.argv[1]), int(sys.argv[2])
for n in range(commits):
    who = f"A U Thor <author@example.com> {1700000000 + n * 60} +0000"
    print(f"commit refs/heads/main\nauthor {who}\ncommitter {who}\ndata 10\ncommit {n % 100:02}\n")
    for k in range(8):
        text = "".join(f"line {i} {(n * 31 + k * 17) % (i + 3)}\n" for i in range(60))
        print(f"M 100644 inline d{(n + k) % 40}/f{(n * 7 + k) % files}\ndata {len(text)}\n{text}")
END
}

# The programs' own progress and times are not compared.
git_work() {
    local G=(git -c user.name=A -c user.email=a@example.com -c gc.autoDetach=false -c protocol.file.allow=always)
    export GIT_CONFIG_NOSYSTEM=1 HOME=$D GIT_AUTHOR_DATE='1800000000 +0000' GIT_COMMITTER_DATE='1800000000 +0000'
    git_history "$1" "$2" >"$D/history"
    same_output init '' "${G[@]}" init -q -b main repo
    same_output fast_import '/^[a-z-]+ statistics|^Alloc|^Total|^ +|^Memory|^pack_report|^-+$/d' sh -c 'exec git -C repo fast-import --quiet <history'
    cd repo || return 1
    same_output checkout '' "${G[@]}" checkout -q main
    same_output status '' "${G[@]}" status --short
    same_output log 's/^index.*//' "${G[@]}" log --stat --format='%H %s' -n 400
    same_output fsck 's/^.*[0-9]+%.*$//' "${G[@]}" fsck --full --no-progress
    same_output grep '' "${G[@]}" grep --threads=4 -c 'line 5. 1'
    same_output blame '' "${G[@]}" blame -s d1/f1
    same_output rev_list '' sh -c 'git rev-list --objects --all | sort | md5sum'
    same_output branch_and_merge 's/^Merge made.*//' sh -c 'git checkout -q -b side HEAD~200 && for i in 1 2 3 4 5; do echo $i >>new && git add new && git commit -q -m side || exit; done && git rebase -q main && git log -n 6 --format=%H'
    same_output stash '' sh -c 'echo x >>d1/f1 && git stash -q && git stash pop -q && git diff --stat && git checkout -q .'
    same_output bisect 's/[0-9a-f]{40}/H/g' sh -c 'git bisect start -q HEAD HEAD~100 && git bisect run sh -c "exit \$((\$(git rev-list --count HEAD) > '$(($1 - 40))'))" | tail -n 3; git bisect reset -q'
    same_output repack '' "${G[@]}" repack -q -a -d -f --threads=4 --depth=20 --window=10
    same_output gc '' "${G[@]}" gc -q --prune=now
    # How the threads of a repack share the work decides what is a delta of what.
    same_output verify_pack '' sh -c 'git verify-pack -v .git/objects/pack/*.idx | awk "\$2 ~ /^(commit|tree|blob)\$/ { n[\$2]++ } END { print n[\"commit\"], n[\"tree\"], n[\"blob\"] }"'
    cd ..
    same_output clone '' "${G[@]}" clone -q --no-local "file://$D/repo" copy
    same_output push '' sh -c 'git init -q --bare bare.git && git -C repo push -q "file://'"$D"'/bare.git" main && git -C bare.git rev-parse main'
    same_output fetch '' sh -c 'git -C copy fetch -q origin && git -C copy count-objects -v | grep -v size'
    same_output archive '' sh -c 'git -C repo archive main | tar t | sort | md5sum'
    same_output daemonless_http 's/[0-9]+/N/g' "${G[@]}" -C copy ls-remote "file://$D/repo"
}

suite_git() {
    need git
    version "$(git --version | sed 's/.* //')"
    unit many_objects git_work "$([ -n "$LONG" ] && echo 6000 || echo 1200)" 400
}

# ---- make

# Built without debug information, which would name the directory: then the same sources make the same
# objects. sums WHAT...: of all files of these names.
sums() {
    local file
    find . \( -name '*.o' -o -name '*.a' \) -type f | LC_ALL=C sort >"$D/objects"
    while read -r file; do
        outcome "$file" "$(md5sum <"$file" | cut -c 1-12)"
    done <"$D/objects"
}

# made COMMAND...: the case `make`; what it prints is only of interest where it fails.
made() {
    "${ENV[@]}" "$@" >"$D/make.out" 2>&1
    local status=$?
    outcome make "status $status"
    [ $status = 0 ] || tail -n 40 "$D/make.out"
}

# zstd: C, with a library, programs and threads, and a test of its own.
make_c() {
    cp -r "$SOURCES/libzstd" "$D/zstd" && cd "$D/zstd" || return 1
    made make -j 2 -C programs zstd CFLAGS=-O1 V=1
    sums
    same_output roundtrip '' sh -c 'cat lib/*/*.c >in && programs/zstd -q -T2 -9 <in | programs/zstd -q -d | cmp - in && echo same'
    same_output benchmark 's/.*/N/' programs/zstd -q -b1 -i0 lib/compress/zstd_compress.c
}

# jsoncpp: C++, by cmake's Makefiles; its own tests by ctest.
make_cxx() {
    local out=$D/build
    "${ENV[@]}" cmake -S "$SOURCES/libjsoncpp" -B "$out" -DCMAKE_CXX_FLAGS="-O0 -ffile-prefix-map=$D=." -DJSONCPP_WITH_POST_BUILD_UNITTEST=OFF -DBUILD_SHARED_LIBS=OFF \
        >"$D/cmake.out" 2>&1
    outcome cmake "status $?"
    made make -j 2 -C "$out"
    cd "$out" && sums
    same_output unit_tests 's/[0-9.]+ ?(ms|sec)/N/g' ./bin/jsoncpp_test
    # One at a time: two of them write the same files.
    (cd "$out" && "${ENV[@]}" ctest >"$D/ctest" 2>&1)
    sed -nE 's/.*Test +#[0-9]+: ([^ .]+).*(Passed|\*\*\*[A-Za-z]+).*/ctest \1\t\2/p' "$D/ctest" >>"$RESULTS"
}

suite_make() {
    need make cc
    version "GNU make $(make --version | sed -n '1s/.* //p'), gcc $(gcc -dumpfullversion)"
    if (source_of libzstd >"$S/none"); then unit c_project make_c; else skip_unit c_project "$(tail -n 1 "$S/none")"; fi
    if (need cmake && source_of libjsoncpp >"$S/none"); then unit cxx_project make_cxx; else skip_unit cxx_project "no cmake; or $(tail -n 1 "$S/none")"; fi
}
