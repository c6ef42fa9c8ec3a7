package main

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"strings"
	"time"
)

// report prints one line per exercise, in the simplest part of TAP.
type report struct{ tried, failed int }

// failure is the panic value of must, check and equal.
type failure string

func (r *report) try(name string, exercise func(ctx context.Context)) {
	r.tried++
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	defer func() {
		switch problem := recover().(type) {
		case nil:
			fmt.Printf("ok %s\n", name)
		case failure:
			r.failed++
			fmt.Printf("not ok %s\n  %s\n", name, strings.ReplaceAll(string(problem), "\n", "\n  "))
		default:
			panic(problem)
		}
	}()
	exercise(ctx)
}

func (r *report) skip(name, reason string) {
	r.tried++
	fmt.Printf("ok %s # SKIP %s\n", name, reason)
}

// end prints the number of exercises, so that a program that ends early counts as failed.
func (r *report) end() {
	fmt.Printf("1..%d\n", r.tried)
	if r.failed > 0 {
		os.Exit(1)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(failure(err.Error()))
	}
}

func equal[T any](what string, got, want T) {
	if !reflect.DeepEqual(got, want) {
		panic(failure(fmt.Sprintf("%s is %+v, expected %+v", what, got, want)))
	}
}

func rejected(what string, err error) {
	if err == nil {
		panic(failure(what + " did not fail"))
	}
}

// next receives one value from a handler; the error on timeout names it.
func next[T any](ctx context.Context, from <-chan T, what string) T {
	select {
	case value := <-from:
		return value
	case <-ctx.Done():
		panic(failure("timed out waiting for " + what))
	}
}

func eventually(ctx context.Context, what string, holds func() bool) {
	for !holds() {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			panic(failure("timed out waiting for " + what))
		}
	}
}
