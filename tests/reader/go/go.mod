module cpprof/tests/reader

go 1.18
