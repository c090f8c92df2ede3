// A program whose profiles are Go's own: each kind, as protobuf and as text, into a directory. Or, with
// `regexps SEED N`, what Go says of regular expressions.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

var sink any

type tree struct {
	left, right *tree
	payload     []byte
}

func grow(depth int) *tree {
	if depth == 0 {
		return nil
	}
	return &tree{grow(depth - 1), grow(depth - 1), make([]byte, 512)}
}

func sortStrings(n int) {
	words := make([]string, n)
	for i := range words {
		words[i] = fmt.Sprint("word", (i*7919)%n)
	}
	sort.Slice(words, func(i, j int) bool { return words[i] < words[j] })
	sink = strings.Join(words, " ")
}

func contend() {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 10; k++ {
				mu.Lock()
				time.Sleep(500 * time.Microsecond)
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
}

func burn(d time.Duration) {
	for start := time.Now(); time.Since(start) < d; {
		sortStrings(500)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	if os.Args[1] == "regexps" {
		seed, _ := strconv.ParseInt(os.Args[2], 10, 64)
		n, _ := strconv.Atoi(os.Args[3])
		regexps(seed, n)
		return
	}
	dir := os.Args[1]
	runtime.MemProfileRate = 4096
	runtime.SetMutexProfileFraction(1)
	runtime.SetBlockProfileRate(1)
	cpu, err := os.Create(filepath.Join(dir, "go_cpu.pb.gz"))
	check(err)
	check(pprof.StartCPUProfile(cpu))
	pprof.Do(context.Background(), pprof.Labels("request", "GET /index", "tenant", "a"), func(context.Context) {
		burn(150 * time.Millisecond)
	})
	pprof.Do(context.Background(), pprof.Labels("request", "POST /form"), func(context.Context) {
		burn(100 * time.Millisecond)
	})
	pprof.StopCPUProfile()
	check(cpu.Close())
	kept := grow(12)
	contend()
	block := make(chan bool)
	for i := 0; i < 3; i++ {
		go func() { <-block }()
	}
	time.Sleep(10 * time.Millisecond)
	for _, kind := range []string{"heap", "allocs", "goroutine", "mutex", "block", "threadcreate"} {
		for debug, suffix := range []string{"pb.gz", "txt"} {
			f, err := os.Create(filepath.Join(dir, "go_"+kind+"."+suffix))
			check(err)
			check(pprof.Lookup(kind).WriteTo(f, debug))
			check(f.Close())
		}
	}
	runtime.KeepAlive(kept)
}
