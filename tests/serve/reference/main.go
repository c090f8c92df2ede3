// reference: what net/http/pprof of the Go at hand answers, for tests/serve/run.
//
// Listens on a free port of 127.0.0.1 and prints `pid N`, `port N`, `write-timeout N` (the port of the same
// endpoints on a server with a WriteTimeout of 1 s) and `pc 0x... NAME` for a function that is
// there. Ends when its input does. It has a heap, contended locks, goroutines that wait and a
// profile of its own name, so that no kind is empty.
//
// The `go 1.19` of go.mod is for newer versions, too: with it their mux has no methods in its
// patterns, as when the endpoints are made by pprof.Index in a program's own mux.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"reflect"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"
)

var (
	kept [][]byte
	lock sync.Mutex
)

//go:noinline
func keepHeap() {
	for i := 0; i < 4096; i++ {
		kept = append(kept, make([]byte, 4096))
	}
}

//go:noinline
func contend(done *sync.WaitGroup) {
	defer done.Done()
	for i := 0; i < 20; i++ {
		lock.Lock()
		time.Sleep(time.Millisecond)
		lock.Unlock()
	}
}

func waitForever(c chan int) {
	<-c
}

func serve(word string, s *http.Server) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(word, l.Addr().(*net.TCPAddr).Port)
	go s.Serve(l)
}

func main() {
	runtime.SetMutexProfileFraction(1)
	runtime.SetBlockProfileRate(1)
	runtime.MemProfileRate = 4096
	keepHeap()
	var done sync.WaitGroup
	for i := 0; i < 4; i++ {
		done.Add(1)
		go contend(&done)
	}
	done.Wait()
	c := make(chan int)
	for i := 0; i < 3; i++ {
		go waitForever(c)
	}
	pprof.NewProfile("reference").Add(&kept, 0)

	fmt.Println("pid", os.Getpid())
	fmt.Printf("pc %#x main.keepHeap\n", reflect.ValueOf(keepHeap).Pointer())
	serve("write-timeout", &http.Server{WriteTimeout: time.Second})
	serve("port", &http.Server{})
	io.Copy(io.Discard, os.Stdin)
}
