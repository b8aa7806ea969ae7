// A Go program, whose runtime creates threads; it runs until its input ends.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("ready 0")
	os.Stdin.Read(make([]byte, 1))
}
