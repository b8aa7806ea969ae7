// Many goroutines sort numbers and hash them: hashes TASKS. GOMAXPROCS is Go's own choice.
package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"sort"
	"strconv"
	"sync"
	"time"
)

func task(seed int, numbers []int) byte {
	state := uint64(seed)*2862933555777941757 + 1
	for i := range numbers {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		numbers[i] = int(state >> 1)
	}
	sort.Ints(numbers)
	hash := sha256.New()
	for _, number := range numbers {
		hash.Write([]byte(strconv.Itoa(number)))
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
			numbers := make([]int, 2000)
			for seed := range seeds {
				task(seed, numbers)
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
