case_zz() {
    mkdir -p "$D/odd"
    cp "$PROGRAMS/worker" "$D/odd/-<script>x"
    PROGRAM="$D/odd/-<script>x" start_worker
    work_all
    serve
    get / | grep script >&3
}
