// Many goroutines build small maps of strings and hash them: hashes TASKS. GOMAXPROCS is Go's own choice.
package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

func task(seed int) byte {
	words := map[string]int{}
	for i := 0; i < 2000; i++ {
		words[strconv.Itoa(seed*i)] = i
	}
	hash := sha256.New()
	for word := range words {
		hash.Write([]byte(word))
	}
	return hash.Sum(nil)[0]
}

func main() {
	tasks, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	seeds := make(chan int)
	var group sync.WaitGroup
	fmt.Println("working")
	start := time.Now()
	for i := 0; i < 64; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for seed := range seeds {
				task(seed)
			}
		}()
	}
	for seed := 0; seed < tasks; seed++ {
		seeds <- seed
	}
	close(seeds)
	group.Wait()
	seconds := func(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }
	fmt.Printf("span %.6f %.6f %d\n", seconds(start), seconds(time.Now()), tasks)
}
