// A program of Go, whose runtime makes threads of its own; it goes on until its input ends.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("ready 0")
	os.Stdin.Read(make([]byte, 1))
}
